using System.Buffers.Binary;
using static TorchSharp.torch;

namespace DeepCourse.Data;

/// <summary>A second of speech: a series of air pressures, and what it looks like as an image of time and frequency.</summary>
public sealed class Speech
{
    private readonly float[] _samples;

    private Speech(float[] samples, int rate) => (_samples, Rate) = (samples, rate);

    /// <summary>The spoken word “convolution”.</summary>
    public static Speech Convolution => Load(Datasets.Find("speech/convolution.wav"));

    /// <summary>Samples in a second, in hertz.</summary>
    public int Rate { get; }

    /// <summary>How long it lasts, in seconds.</summary>
    public double Seconds => (double)_samples.Length / Rate;

    /// <summary>Reads a WAV file of one channel and 16 bits.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is no such WAV file, or truncated.</exception>
    public static Speech Load(string path)
    {
        if (!File.Exists(path)) throw new FileNotFoundException($"There is no file {Path.GetFullPath(path)}.", path);
        ReadOnlySpan<byte> file = File.ReadAllBytes(path);
        if (file.Length < 12 || !file[..4].SequenceEqual("RIFF"u8) || !file[8..12].SequenceEqual("WAVE"u8))
            throw new InvalidDataException($"{path} is no WAV file.");
        int rate = 0, at = 12;
        while (at + 8 <= file.Length)
        {
            var name = file[at..(at + 4)];
            var size = BinaryPrimitives.ReadUInt32LittleEndian(file[(at + 4)..]);
            var chunk = file[(at + 8)..];
            if (size > chunk.Length)
                throw new InvalidDataException(
                    $"{path} is truncated: a part of {size:N0} bytes is promised, and {chunk.Length:N0} are left.");
            if (name.SequenceEqual("fmt "u8) && size >= 16)
            {
                var (kind, channels, bits) = (BinaryPrimitives.ReadInt16LittleEndian(chunk),
                    BinaryPrimitives.ReadInt16LittleEndian(chunk[2..]), BinaryPrimitives.ReadInt16LittleEndian(chunk[14..]));
                if ((kind, channels, bits) is not (1, 1, 16))
                    throw new InvalidDataException(
                        $"{path} has format {kind}, {channels} channels and {bits} bits; PCM with one channel and 16 bits can be "
                            + "read here.");
                rate = BinaryPrimitives.ReadInt32LittleEndian(chunk[4..]);
            }
            else if (name.SequenceEqual("data"u8) && rate > 0)
            {
                var samples = new float[size / 2];
                for (var i = 0; i < samples.Length; i++)
                    samples[i] = BinaryPrimitives.ReadInt16LittleEndian(chunk[(2 * i)..]) / 32768f;
                return new Speech(samples, rate);
            }
            at += 8 + (int)size + (int)(size & 1);
        }
        throw new InvalidDataException($"{path} holds no sound.");
    }

    /// <summary>The samples as a new tensor of one dimension, in [−1, 1]; the caller disposes it.</summary>
    public Tensor ToTensor() => tensor(_samples);

    /// <summary>
    /// The spectrogram: how loud every frequency is at every time, in decibels below the loudest. A new tensor frequencies×times,
    /// the highest frequency first, as an image is read; the caller disposes it.
    /// </summary>
    /// <param name="window">Samples that are looked at together; half as many frequencies are told apart.</param>
    public Tensor Spectrogram(int window = 512)
    {
        using var scope = NewDisposeScope();
        var loudness = stft(ToTensor(), window, window / 4, window: hann_window(window), return_complex: true).abs();
        return ((loudness / loudness.max()).clamp_min(1e-4).log10() * 20).flip(0).MoveToOuterDisposeScope();
    }
}
