using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace DeepCourse.Notebooks.Jupyter;

/// <summary>Where a kernel listens and the key that messages are signed with: the file that a client hands to a kernel at its
/// start.</summary>
/// <param name="Transport">"tcp"; the ZeroMQ library here has no other.</param>
/// <param name="Ip">The address to bind to, and no other.</param>
/// <param name="ShellPort">Requests and replies.</param>
/// <param name="IopubPort">What cells show, for every client.</param>
/// <param name="ControlPort">Interrupt and shutdown, which overtake cells.</param>
/// <param name="StdinPort">Questions to the user.</param>
/// <param name="HeartbeatPort">An echo that proves life.</param>
/// <param name="Key">The secret that messages are signed with; empty for unsigned ones.</param>
/// <param name="SignatureScheme">"hmac-sha256".</param>
internal sealed record ConnectionFile(
    [property: JsonPropertyName("transport")] string Transport,
    [property: JsonPropertyName("ip")] string Ip,
    [property: JsonPropertyName("shell_port")] int ShellPort,
    [property: JsonPropertyName("iopub_port")] int IopubPort,
    [property: JsonPropertyName("control_port")] int ControlPort,
    [property: JsonPropertyName("stdin_port")] int StdinPort,
    [property: JsonPropertyName("hb_port")] int HeartbeatPort,
    [property: JsonPropertyName("key")] string Key,
    [property: JsonPropertyName("signature_scheme")] string SignatureScheme)
{
    /// <summary>A connection on this machine, with ports that are free now and a new key.</summary>
    public static ConnectionFile Create()
    {
        // All five are held while they are chosen, so that they differ.
        var listeners = Enumerable.Range(0, 5).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToList();
        listeners.ForEach(l => l.Start());
        var ports = listeners.ConvertAll(l => ((IPEndPoint)l.LocalEndpoint).Port);
        listeners.ForEach(l => l.Stop());
        return new ConnectionFile("tcp", "127.0.0.1", ports[0], ports[1], ports[2], ports[3], ports[4],
            Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32)), "hmac-sha256");
    }

    /// <summary>Reads a connection file.</summary>
    /// <exception cref="InvalidDataException">It can't be used; the message says why, and never holds the key.</exception>
    public static ConnectionFile Read(string path)
    {
        ConnectionFile? file;
        try
        {
            file = JsonSerializer.Deserialize(File.ReadAllBytes(path), ConnectionFileJson.Default.ConnectionFile);
        }
        catch (JsonException e)
        {
            throw new InvalidDataException(
                $"{path} is not a connection file: line {e.LineNumber + 1} is not what JSON of that kind has there.");
        }
        if (file is null) throw new InvalidDataException($"{path} is not a connection file.");
        if (file.Transport != "tcp")
            throw new InvalidDataException(
                $"{path} asks for the transport '{file.Transport}'; this kernel speaks tcp only. Start Jupyter without "
                    + "--KernelManager.transport=ipc.");
        if (file.SignatureScheme is not (null or "" or "hmac-sha256"))
            throw new InvalidDataException(
                $"{path} asks for signatures by '{file.SignatureScheme}'; this kernel knows hmac-sha256.");
        int[] ports = [file.ShellPort, file.IopubPort, file.ControlPort, file.StdinPort, file.HeartbeatPort];
        if (ports.Any(p => p is < 1 or > 65535)) throw new InvalidDataException($"{path} lacks one of its five ports.");
        return file with { Key = file.Key ?? "", Ip = file.Ip is { Length: > 0 } ip ? ip : "127.0.0.1" };
    }

    /// <summary>Writes the file, readable for this user alone.</summary>
    public void Write(string path)
    {
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using var stream = new FileStream(path, options);
        JsonSerializer.Serialize(stream, this, ConnectionFileJson.Default.ConnectionFile);
    }

    /// <summary>The address of one of the ports, as ZeroMQ writes it.</summary>
    public string Address(int port) => $"tcp://{(Ip.Contains(':', StringComparison.Ordinal) ? $"[{Ip}]" : Ip)}:{port}";

    /// <summary>Where, and not with which key: a record would print its secret.</summary>
    public override string ToString() => $"{Address(ShellPort)}, {Address(IopubPort)}, …";
}

/// <summary>Reads and writes it without reflection, which would take 50 ms of a kernel's start.</summary>
[JsonSerializable(typeof(ConnectionFile))]
internal sealed partial class ConnectionFileJson : JsonSerializerContext;
