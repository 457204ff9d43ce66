using System.Net;
using System.Security.Cryptography;
using DeepCourse.Models;
using static TorchSharp.torch;

namespace DeepCourse.Weights;

/// <summary>Downloads from a server of this machine. Alone, for the cache's folder is the process's.</summary>
[Collection(nameof(WeightsCacheTests))]
[CollectionDefinition(nameof(WeightsCacheTests), DisableParallelization = true)]
public sealed class WeightsCacheTests : IDisposable
{
    private readonly byte[] _content = RandomNumberGenerator.GetBytes(300_000);
    private readonly HttpListener _server = new();
    private readonly List<string?> _ranges = [];
    private readonly string _file;
    private readonly string? _before = Environment.GetEnvironmentVariable("TORCH_HOME");
    private Func<HttpListenerContext, Task> _answer = _ => Task.CompletedTask;
    private readonly Uri _url;

    public WeightsCacheTests()
    {
        Environment.SetEnvironmentVariable("TORCH_HOME", Directory.CreateTempSubdirectory().FullName);
        _file = $"net-{Convert.ToHexStringLower(SHA256.HashData(_content))[..8]}.pth";
        for (var port = 20_000 + Random.Shared.Next(20_000); ; port++)
        {
            _server.Prefixes.Clear();
            _url = new Uri($"http://127.0.0.1:{port}/{_file}");
            _server.Prefixes.Add($"http://127.0.0.1:{port}/");
            try
            {
                _server.Start();
                break;
            }
            catch (HttpListenerException)
            {
                // Somebody's already.
            }
        }
        _ = Task.Run(async () =>
        {
            while (_server.IsListening)
            {
                try
                {
                    var context = await _server.GetContextAsync();
                    lock (_ranges) _ranges.Add(context.Request.Headers["Range"]);
                    await _answer(context);
                    context.Response.Close();
                }
                catch (Exception e) when (e is HttpListenerException or ObjectDisposedException or InvalidOperationException
                    or IOException)
                {
                    // The client has gone, or the test is over.
                }
            }
        });
    }

    public void Dispose()
    {
        _server.Abort();
        Environment.SetEnvironmentVariable("TORCH_HOME", _before);
    }

    private string Fetch() => WeightsCache.Fetch(_file, _url, 0.3, new Progress<(long, long?)>());

    private async Task Serve(HttpListenerContext context, int from = 0, int? breakAfter = null)
    {
        var response = context.Response;
        response.ContentLength64 = _content.Length - from;
        if (from > 0)
        {
            response.StatusCode = 206;
            response.Headers["Content-Range"] = $"bytes {from}-{_content.Length - 1}/{_content.Length}";
        }
        await response.OutputStream.WriteAsync(_content.AsMemory(from, breakAfter ?? _content.Length - from));
        if (breakAfter is not null)
        {
            await response.OutputStream.FlushAsync();
            await Task.Delay(100);
            response.Abort();
        }
    }

    [Fact]
    public void A_file_is_downloaded_once_into_PyTorch_s_cache()
    {
        _answer = c => Serve(c);
        var path = Fetch();
        Assert.Equal(Path.Combine(Environment.GetEnvironmentVariable("TORCH_HOME")!, "hub", "checkpoints", _file), path);
        Assert.Equal(_content, File.ReadAllBytes(path));
        Assert.Equal(path, Fetch());
        Assert.Single(_ranges);
        Assert.Single(Directory.EnumerateFiles(WeightsCache.Folder));
    }

    [Fact]
    public void A_download_that_breaks_goes_on_where_it_ended()
    {
        _answer = c => c.Request.Headers["Range"] is { } range
            ? Serve(c, int.Parse(range["bytes=".Length..^1]))
            : Serve(c, breakAfter: 100_000);
        Assert.Equal(_content, File.ReadAllBytes(Fetch()));
        Assert.Equal(2, _ranges.Count);
        Assert.StartsWith("bytes=", _ranges[1], StringComparison.Ordinal);
    }

    [Fact]
    public void A_part_that_a_server_can_t_continue_begins_anew()
    {
        Directory.CreateDirectory(WeightsCache.Folder);
        File.WriteAllBytes(WeightsCache.PathOf(_file) + ".part", new byte[1000]);
        _answer = c => Serve(c); // 200, whatever was asked for
        Assert.Equal(_content, File.ReadAllBytes(Fetch()));
    }

    [Fact]
    public void A_file_with_another_hash_is_not_kept()
    {
        _content[0] ^= 1;
        _answer = c => Serve(c);
        Assert.Contains("is not the published file", Assert.Throws<WeightsException>(Fetch).Message, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFiles(WeightsCache.Folder));
    }

    [Fact]
    public void Redirects_are_followed()
    {
        _answer = c =>
        {
            if (c.Request.Url!.AbsolutePath.StartsWith("/moved", StringComparison.Ordinal)) return Serve(c);
            c.Response.Redirect($"{_url.GetLeftPart(UriPartial.Authority)}/moved/{_file}");
            return Task.CompletedTask;
        };
        Assert.Equal(_content, File.ReadAllBytes(Fetch()));
    }

    [Fact]
    public void What_is_not_there_is_said_with_the_way_out_and_not_asked_for_again()
    {
        _answer = c => Task.FromResult(c.Response.StatusCode = 404);
        var message = Assert.Throws<WeightsException>(Fetch).Message;
        Assert.Contains("404", message, StringComparison.Ordinal);
        Assert.Contains($"to    {WeightsCache.PathOf(_file)}", message, StringComparison.Ordinal);
        Assert.Single(_ranges);
    }

    [Fact]
    public void A_machine_without_a_network_is_told_which_file_to_put_where()
    {
        _server.Stop();
        var message = Assert.Throws<WeightsException>(Fetch).Message;
        Assert.Contains($"from  {_url}", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_slow_server_is_waited_for()
    {
        _answer = async c =>
        {
            c.Response.ContentLength64 = _content.Length;
            for (var at = 0; at < _content.Length; at += 100_000)
            {
                await c.Response.OutputStream.WriteAsync(_content.AsMemory(at, 100_000));
                await c.Response.OutputStream.FlushAsync();
                await Task.Delay(300);
            }
        };
        Assert.Equal(_content, File.ReadAllBytes(Fetch()));
    }

    [Fact]
    public void A_network_takes_its_weights_from_the_cache_by_name()
    {
        // Random weights under the name of published ones: what counts here is the way.
        Directory.CreateDirectory(WeightsCache.Folder);
        using (var random = ResNet18.Create(seed: 5))
            Safetensors.Write(WeightsCache.PathOf(ResNet18Weights.ImageNet1K_V1.FileName), random.state_dict());
        using var byEntry = ResNet18.Create(ResNet18Weights.Default);
        using var byName = ResNet18.Create("IMAGENET1K_V1");
        using var drawn = ResNet18.Create(null, seed: 5);
        Assert.True(ResNet18Weights.Default.IsInCache);
        foreach (var (name, tensor) in drawn.state_dict())
        {
            Assert.True(tensor.equal(byEntry.state_dict()[name]).all().item<bool>(), name);
            Assert.True(tensor.equal(byName.state_dict()[name]).all().item<bool>(), name);
        }
    }

    [Fact]
    public void Another_number_of_classes_is_a_new_last_layer_on_the_published_body()
    {
        Directory.CreateDirectory(WeightsCache.Folder);
        using (var random = ResNet18.Create(seed: 5))
            Safetensors.Write(WeightsCache.PathOf(ResNet18Weights.ImageNet1K_V1.FileName), random.state_dict());
        using var scope = NewDisposeScope();
        var six = ResNet18.Create("DEFAULT", classes: 6, seed: 3).state_dict();
        var again = ResNet18.Create("DEFAULT", classes: 6, seed: 3).state_dict();
        var other = ResNet18.Create("DEFAULT", classes: 6, seed: 4).state_dict();
        foreach (var (name, tensor) in ResNet18.Create(seed: 5).state_dict())
        {
            Assert.True(six[name].equal(again[name]).all().item<bool>(), name);
            if (name is "fc.weight" or "fc.bias") Assert.False(six[name].equal(other[name]).all().item<bool>(), name);
            else Assert.True(tensor.equal(six[name]).all().item<bool>(), name);
        }
        Assert.Equal([6, 512], six["fc.weight"].shape);
        // Uniform in ±1/√512, as PyTorch's own.
        Assert.InRange(six["fc.weight"].abs().max().item<float>(), 0.95 / Math.Sqrt(512), 1 / Math.Sqrt(512));
        Assert.InRange(six["fc.bias"].abs().max().item<float>(), 1e-6, 1 / Math.Sqrt(512));
        Assert.Contains("at least one class",
            Assert.Throws<ArgumentOutOfRangeException>(() => ResNet18.Create("DEFAULT", classes: 0)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_new_head_is_the_last_layer_of_each_kind_of_network()
    {
        Directory.CreateDirectory(WeightsCache.Folder);
        using var scope = NewDisposeScope();
        using (var random = AlexNet.Create(seed: 5))
            Safetensors.Write(WeightsCache.PathOf(AlexNetWeights.Default.FileName), random.state_dict());
        var state = AlexNet.Create(AlexNetWeights.Default, classes: 3).state_dict();
        Assert.Equal([3, 4096], state["classifier.6.weight"].shape);
        Assert.InRange(state["classifier.6.weight"].abs().max().item<float>(), 0.9 / 64, 1.0 / 64);
        Assert.Equal([3, 4096], Vgg11.Create("DEFAULT", classes: 3, device: META).state_dict()["classifier.6.weight"].shape);
    }

    [Fact]
    public async Task A_download_that_is_stopped_ends_leaves_its_file_free_and_goes_on_next_time()
    {
        using var stop = new CancellationTokenSource();
        using var release = new SemaphoreSlim(0);
        _answer = async c =>
        {
            if (c.Request.Headers["Range"] is { } range)
            {
                await Serve(c, int.Parse(range["bytes=".Length..^1]));
                return;
            }
            c.Response.ContentLength64 = _content.Length;
            await c.Response.OutputStream.WriteAsync(_content.AsMemory(0, 100_000));
            await c.Response.OutputStream.FlushAsync();
            await release.WaitAsync(); // and nothing more comes
        };
        var first = Task.Run(() => WeightsCache.Fetch(_file, _url, 0.3, new Progress<(long, long?)>(), stop.Token));
        var part = WeightsCache.PathOf(_file) + ".part";
        for (var i = 0; i < 500 && !(File.Exists(part) && new FileInfo(part).Length > 0); i++) await Task.Delay(20);
        var clock = System.Diagnostics.Stopwatch.StartNew();
        stop.Cancel();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        Assert.InRange(clock.Elapsed.TotalSeconds, 0, 10);
        using (new FileStream(part, FileMode.Open, FileAccess.ReadWrite, FileShare.None)) Assert.False(File.Exists(part[..^5]));
        release.Release();
        Assert.Equal(_content, File.ReadAllBytes(Fetch()));
        Assert.StartsWith("bytes=", _ranges[^1], StringComparison.Ordinal);
        Assert.Single(Directory.EnumerateFiles(WeightsCache.Folder));
    }

    [Fact]
    public void A_thread_that_is_interrupted_leaves_no_download_behind()
    {
        using var release = new SemaphoreSlim(0);
        _answer = async c =>
        {
            c.Response.ContentLength64 = _content.Length;
            await c.Response.OutputStream.WriteAsync(_content.AsMemory(0, 100_000));
            await c.Response.OutputStream.FlushAsync();
            await release.WaitAsync();
        };
        Exception? thrown = null;
        var thread = new Thread(() => thrown = Record.Exception(Fetch));
        thread.Start();
        var part = WeightsCache.PathOf(_file) + ".part";
        for (var i = 0; i < 500 && !(File.Exists(part) && new FileInfo(part).Length > 0); i++) Thread.Sleep(20);
        thread.Interrupt();
        Assert.True(thread.Join(TimeSpan.FromSeconds(10)));
        Assert.IsType<ThreadInterruptedException>(thrown);
        using (new FileStream(part, FileMode.Open, FileAccess.ReadWrite, FileShare.None)) release.Release();
    }

    [Fact]
    public void A_file_that_somebody_else_downloads_is_told_as_that()
    {
        Directory.CreateDirectory(WeightsCache.Folder);
        using var other = new FileStream(WeightsCache.PathOf(_file) + ".part", FileMode.Create, FileAccess.Write, FileShare.None);
        _answer = c => Serve(c);
        Assert.Contains("downloads the same weights", Assert.Throws<WeightsException>(Fetch).Message, StringComparison.Ordinal);
    }
}
