namespace DeepCourse.Native;

public sealed class VirtualMachineTests
{
    private const int Present = unchecked((int)0x8000_0000);

    [Theory]
    [InlineData("a real machine", 0, "", 0, false)]
    [InlineData("KVM", Present, "KVMKVMKVM\0\0\0", 0, true)]
    [InlineData("Windows on Hyper-V, as its root", Present, "Microsoft Hv", 0x3000_0001, false)]
    [InlineData("WSL and other guests of Hyper-V", Present, "Microsoft Hv", 0x0000_0030, true)]
    public void The_processor_says_whether_a_hypervisor_stands_between(
    string machine,
    int ecx,
    string vendor,
    int hyperVFeatures,
    bool isVirtual)
    {
        Assert.NotEmpty(machine);
        var name = vendor.PadRight(12, '\0').Select(c => (byte)c).ToArray();
        Assert.Equal(isVirtual, VirtualMachine.IsVirtual(leaf => leaf switch
        {
            1 => (0, 0, ecx, 0),
            0x4000_0000 =>
                (0x4000_0006, BitConverter.ToInt32(name, 0), BitConverter.ToInt32(name, 4), BitConverter.ToInt32(name, 8)),
            0x4000_0003 => (0, hyperVFeatures, 0, 0),
            _ => default,
        }));
    }

    [Theory]
    [InlineData(0x1C004121, 0, false)] // Intel's
    [InlineData(0, 0x00004121, false)] // AMD's
    [InlineData(0, 0, true)]
    public void A_processor_without_caches_is_one_that_hides_them(int leaf4, int leaf8000001D, bool hides) =>
        Assert.Equal(hides, VirtualMachine.IsSilentOnCaches((leaf, _) => (leaf == 4 ? leaf4 : leaf8000001D, 0, 0, 0)));

    [Fact]
    public void The_gradient_of_a_1x1_convolution_ends_no_process()
    {
        using var scope = TorchSharp.torch.NewDisposeScope();
        var layer = TorchSharp.torch.nn.Conv2d(64, 256, 1, bias: false);
        var x = TorchSharp.torch.randn([2, 64, 24, 24], requires_grad: true);
        layer.call(x).sum().backward();
        Assert.True(x.grad!.isfinite().all().item<bool>());
    }

    [Fact]
    public void Linux_says_the_same_of_this_machine()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux()
            && File.ReadAllText("/proc/cpuinfo").Contains("flags", StringComparison.Ordinal),
            "Only Linux on x86 lists the processor's flags.");
        var says = File.ReadLines("/proc/cpuinfo")
            .First(l => l.StartsWith("flags", StringComparison.Ordinal))
            .Split(' ')
            .Contains("hypervisor");
        Assert.Equal(says, VirtualMachine.IsAroundUs);
    }
}
