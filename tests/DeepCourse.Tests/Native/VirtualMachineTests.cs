namespace DeepCourse.Native;

public sealed class VirtualMachineTests
{
    private const int Present = unchecked((int)0x8000_0000);

    [Theory]
    [InlineData("a real machine", 0, "", 0, false)]
    [InlineData("KVM", Present, "KVMKVMKVM\0\0\0", 0, true)]
    [InlineData("Windows on Hyper-V, as its root", Present, "Microsoft Hv", 0x3000_0001, false)]
    [InlineData("WSL and other guests of Hyper-V", Present, "Microsoft Hv", 0x0000_0030, true)]
    public void The_processor_says_whether_a_hypervisor_stands_between(string machine, int ecx, string vendor, int hyperVFeatures, bool isVirtual)
    {
        Assert.NotEmpty(machine);
        var name = vendor.PadRight(12, '\0').Select(c => (byte)c).ToArray();
        Assert.Equal(isVirtual, VirtualMachine.IsVirtual(leaf => leaf switch
        {
            1 => (0, 0, ecx, 0),
            0x4000_0000 => (0x4000_0006, BitConverter.ToInt32(name, 0), BitConverter.ToInt32(name, 4), BitConverter.ToInt32(name, 8)),
            0x4000_0003 => (0, hyperVFeatures, 0, 0),
            _ => default,
        }));
    }

    [Fact]
    public void Linux_says_the_same_of_this_machine()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && File.ReadAllText("/proc/cpuinfo").Contains("flags", StringComparison.Ordinal), "Only Linux on x86 lists the processor's flags.");
        var says = File.ReadLines("/proc/cpuinfo").First(l => l.StartsWith("flags", StringComparison.Ordinal)).Split(' ').Contains("hypervisor");
        Assert.Equal(says, VirtualMachine.IsAroundUs);
    }
}
