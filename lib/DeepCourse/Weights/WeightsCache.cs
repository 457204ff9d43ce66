using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using DeepCourse.Display;
using DeepCourse.Native;

namespace DeepCourse.Weights;

/// <summary>
/// Where weights lie: PyTorch's own cache, so that whoever has used them in Python has them here. What is missing is downloaded
/// there: a part that came is kept and continued, a whole file is checked by the hash in its name, and only then gets its name.
/// </summary>
public static class WeightsCache
{
    /// <summary>How long nothing may come before a download counts as broken off, in seconds; and how often it is then tried
    /// again.</summary>
    private const int Patience = 30, Tries = 3;

    /// <summary>The folder: <c>$TORCH_HOME</c>, else <c>$XDG_CACHE_HOME/torch</c>, else <c>~/.cache/torch</c>, each with
    /// <c>hub/checkpoints</c> below it; on every system, as PyTorch does.</summary>
    public static string Folder
    {
        get
        {
            var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
            var torch = Environment.GetEnvironmentVariable("TORCH_HOME") is { Length: > 0 } own ? own
                : Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } cache ? Path.Combine(cache, "torch")
                : Path.Combine(home, ".cache", "torch");
            if (torch.StartsWith('~')) torch = home + torch[1..];
            return Path.Combine(torch, "hub", "checkpoints");
        }
    }

    /// <summary>Where a file of that name lies, or would.</summary>
    public static string PathOf(string fileName) => Path.Combine(Folder, fileName);

    /// <summary>The path of a file in the cache, after downloading it if it is not there.</summary>
    /// <param name="fileName">With the beginning of its SHA-256 between the last hyphen and the dot, such as
    /// "resnet18-f37072fd.pth".</param>
    /// <param name="url">Where it is published.</param>
    /// <param name="megabytes">About how large it is; for messages.</param>
    /// <param name="progress">Told how many bytes have come of how many; when left out, a bar is shown in a notebook.</param>
    /// <param name="cancellation">Stops the download, as a notebook's stop button does; what came is kept, and the next call goes
    /// on from there.</param>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    /// <exception cref="WeightsException">It can't be had; the message says which file to put where.</exception>
    public static string Fetch(
        string fileName,
        Uri url,
        double megabytes,
        IProgress<(long Done, long? Total)>? progress = null,
        CancellationToken cancellation = default)
    {
        var path = PathOf(fileName);
        if (File.Exists(path)) return path;
        using var interrupts = Interrupts.Listen(cancellation);
        try
        {
            Directory.CreateDirectory(Folder);
            var part = path + ".part";
            for (var left = Tries; ; left--)
            {
                try
                {
                    Download(url, part, progress ?? new Bar(fileName), interrupts.Token);
                    break;
                }
                catch (Exception e) when (left > 1 && IsBreak(e) && !interrupts.Token.IsCancellationRequested)
                {
                    // The next try goes on where this one ended.
                }
            }
            Verify(part, fileName);
            AtomicFile.Publish(part, path);
            return path;
        }
        catch (Exception e) when (e is HttpRequestException or IOException or UnauthorizedAccessException or TimeoutException
            && e is not WeightsException)
        {
            var missing = $"The weights {fileName} ({megabytes:0.#} MB) are not on this machine";
            throw new WeightsException($"""
                {missing}, and can't be downloaded from {url.Host}: {e.Message}
                Put the file there yourself, from another machine or a USB stick:
                  from  {url}
                  to    {path}
                """, e);
        }
    }

    /// <summary>Waits for the download, which has ended, with its file closed, when this returns or throws: also when this thread
    /// is interrupted as it waits.</summary>
    private static void Download(Uri url, string part, IProgress<(long, long?)> progress, CancellationToken cancellation)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        // Not on the caller's thread, which in a notebook pumps its own awaits.
        var download = Task.Run(() => DownloadAsync(url, part, progress, stop.Token), CancellationToken.None);
        try
        {
            download.GetAwaiter().GetResult();
        }
        finally
        {
            stop.Cancel();
            while (!download.IsCompleted)
            {
                try
                {
                    Task.WhenAny(download).GetAwaiter().GetResult();
                }
                catch (ThreadInterruptedException)
                {
                    // Once more: what runs on would keep the file locked.
                }
            }
        }
    }

    /// <summary>What a broken line looks like, as opposed to an answer such as "not found".</summary>
    private static bool IsBreak(Exception e) =>
        e is TimeoutException or HttpIOException
            || (e is HttpRequestException { StatusCode: null or >= HttpStatusCode.InternalServerError }
                or IOException and not WeightsException);

    private static async Task DownloadAsync(
        Uri url,
        string part,
        IProgress<(long, long?)> progress,
        CancellationToken cancellation)
    {
        using var http = new HttpClient { Timeout = Timeout.InfiniteTimeSpan };
        await using var file = Open(part);
        using var stalled = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        stalled.CancelAfter(TimeSpan.FromSeconds(Patience));
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, url);
            if (file.Length > 0) request.Headers.Range = new RangeHeaderValue(file.Length, null);
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, stalled.Token)
                .ConfigureAwait(false);
            // All of it was there, or the server's file is another one now: the hash will tell.
            if (response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable) return;
            if (!response.IsSuccessStatusCode)
                throw new HttpRequestException($"the server answers {(int)response.StatusCode} {response.ReasonPhrase}", null,
                    response.StatusCode);
            var continues = response.StatusCode == HttpStatusCode.PartialContent
                && response.Content.Headers.ContentRange?.From == file.Length;
            if (!continues) file.SetLength(0);
            file.Seek(0, SeekOrigin.End);
            var total = file.Length + response.Content.Headers.ContentLength;
            await using var content = await response.Content.ReadAsStreamAsync(stalled.Token).ConfigureAwait(false);
            var buffer = new byte[1 << 17];
            for (int count; (count = await content.ReadAsync(buffer, stalled.Token).ConfigureAwait(false)) > 0;)
            {
                await file.WriteAsync(buffer.AsMemory(0, count), cancellation).ConfigureAwait(false);
                stalled.CancelAfter(TimeSpan.FromSeconds(Patience));
                progress.Report((file.Length, total));
            }
            if (file.Length < total)
                throw new HttpIOException(HttpRequestError.ResponseEnded,
                    $"the line broke after {file.Length:N0} of {total:N0} bytes");
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new TimeoutException($"nothing came for {Patience} seconds");
        }
    }

    private static FileStream Open(string part)
    {
        try
        {
            return new FileStream(part, FileMode.OpenOrCreate, FileAccess.Write, FileShare.None);
        }
        catch (IOException e) when (e is not DirectoryNotFoundException && File.Exists(part))
        {
            throw new WeightsException(
                $"{part} can't be opened ({e.Message}): another program or notebook downloads the same weights, perhaps. Wait "
                    + "until it is done, or stop it, then try again.", e);
        }
    }

    private static void Verify(string part, string fileName)
    {
        var expected = Path.GetFileNameWithoutExtension(
            fileName)[(Path.GetFileNameWithoutExtension(fileName).LastIndexOf('-') + 1)..];
        string hash;
        using (var file = File.OpenRead(part)) hash = Convert.ToHexStringLower(SHA256.HashData(file));
        if (hash.StartsWith(expected, StringComparison.Ordinal)) return;
        File.Delete(part);
        throw new WeightsException(
            $"The download of {fileName} is not the published file: its SHA-256 begins with {hash[..expected.Length]}, "
                + $"not {expected}. It was deleted; try again, and if it happens again, something between here and the server "
                + "changes files (a proxy, a login page of a public network).");
    }

    /// <summary>A bar that lives in the notebook, drawn a few times a second.</summary>
    private sealed class Bar(string fileName) : IProgress<(long Done, long? Total)>
    {
        private readonly System.Diagnostics.Stopwatch _clock = System.Diagnostics.Stopwatch.StartNew();
        private Live? _live;
        private TimeSpan _last;

        public void Report((long Done, long? Total) value)
        {
            if (_live is not null && _clock.Elapsed - _last < TimeSpan.FromMilliseconds(200) && value.Done != value.Total) return;
            _last = _clock.Elapsed;
            var figure = new ProgressFigure($"Downloading {fileName}", value.Done / 1048576.0, value.Total / 1048576.0, "MB");
            if (_live is null) _live = Live.Show(figure);
            else _live.Update(figure);
        }
    }
}
