using TorchSharp.Modules;
using static TorchSharp.torch;

namespace DeepCourse.Summaries;

// Fields that nobody but the search reads.
#pragma warning disable IDE0052, CS0414

public sealed class RegistrationTests
{
    private sealed record Pair(Linear Left, Linear Right);

    private sealed class Parts
    {
        public Linear Head { get; } = nn.Linear(2, 2);

        public Parts? Around { get; set; }
    }

    private sealed class Lost : nn.Module<Tensor, Tensor>
    {
        private readonly Dictionary<string, Linear> dictionary = new() { ["a"] = nn.Linear(2, 2) };
        private readonly (Linear, int) tuple = (nn.Linear(2, 2), 1);
        private readonly Tuple<Linear> reference = new(nn.Linear(2, 2));
        private readonly Pair record = new(nn.Linear(2, 2), nn.Linear(2, 2));
        private readonly Linear[][] jagged = [[nn.Linear(2, 2)]];
        private readonly List<List<Linear>> nested = [[nn.Linear(2, 2)]];
        private readonly Lazy<Linear> lazy = new(() => nn.Linear(2, 2));
        private readonly Lazy<Linear> made = new(nn.Linear(2, 2));
        private readonly Parts parts = new();
        private readonly Parameter[] array = [new(zeros(2))];
        private readonly List<Parameter> list = [new(zeros(2))];
        private readonly Dictionary<string, Parameter> named = new() { ["a"] = new(zeros(2)) };
        private readonly Dropout[] dropouts = [nn.Dropout()];

        private Linear Fc2 { get; }

        private Parameter Scale { get; }

        public Lost() : base("Lost")
        {
            RegisterComponents();
            parts.Around = parts;
            (Fc2, Scale) = (nn.Linear(2, 2), new Parameter(zeros(2)));
        }

        public override Tensor forward(Tensor x) => Fc2.call(x);
    }

    [Theory]
    [InlineData("its dictionary (Linear, …), whose parameters are not trained and not saved", "Make it a ModuleDict")]
    [InlineData("its tuple (Linear, …)", "Give each a field of its own")]
    [InlineData("its reference (Linear, …)", "Give each a field of its own")]
    [InlineData("its record.Left (Linear, …)", "Derive the object's class from nn.Module")]
    [InlineData("its record.Right (Linear, …)", "register_module(name, module)")]
    [InlineData("its jagged (Linear, …)", "ModuleList of ModuleLists")]
    [InlineData("its nested (Linear, …)", "ModuleList of ModuleLists")]
    [InlineData("its lazy (Linear, …), whose parameters are", "Make it in the constructor")]
    [InlineData("its made (Linear, …), whose parameters are", "Make it in the constructor")]
    [InlineData("its parts.Head (Linear, …)", "register_module(name, module)")]
    [InlineData("the parameters in its array, which are not trained", "Make it a ParameterList")]
    [InlineData("the parameters in its list, which are not trained", "Make it a ParameterList")]
    [InlineData("the parameters in its named, which are not trained", "Make it a ParameterDict")]
    [InlineData("the modules in its dropouts (Dropout, …), so that train() and eval() do not reach it", "Make it a ModuleList")]
    [InlineData("its Fc2 (Linear), whose parameters are", "RegisterComponents()")]
    [InlineData("its parameter Scale, which is", "RegisterComponents()")]
    public void What_a_network_does_not_know_is_said_with_the_way_out(string what, string way)
    {
        using var network = new Lost();
        var problem = Assert.Single(Registration.Problems(network), p => p.Contains(what, StringComparison.Ordinal));
        Assert.Contains(way, problem, StringComparison.Ordinal);
        Assert.Contains("[NotTrained]", problem, StringComparison.Ordinal);
        Assert.Equal(16, Registration.Problems(network).Count);
    }

    private sealed class Fine : nn.Module<Tensor, Tensor>
    {
        private static readonly Linear Cache = nn.Linear(2, 2);

        [NotTrained]
        private readonly Linear[] teacher = [nn.Linear(2, 2)];
        private readonly Linear layer = nn.Linear(2, 2), again;
        private readonly ModuleList<Linear> list;
        private readonly Linear[] view;
        private readonly Fine itself;
        private readonly Func<Tensor, Tensor> function;
        private readonly Tensor constant = zeros(3);
        private readonly Parameter tied;
        private readonly nn.Module<Tensor, Tensor>[] activations = [nn.ReLU(), nn.Tanh()];
        private readonly Child child;
        private readonly float[] numbers = new float[100_000];
        private readonly IEnumerable<int> query = Enumerable.Range(0, int.MaxValue).Select(i => i);

        [NotTrained]
        private Dictionary<int, Linear> Teachers { get; } = new() { [1] = nn.Linear(2, 2) };

        public Fine() : base("Fine")
        {
            var other = nn.Linear(2, 2);
            (again, list, view, function, tied) = (layer, nn.ModuleList(layer), [layer], x => other.call(x), layer.weight!);
            child = new Child(this);
            RegisterComponents();
            itself = this;
        }

        public Child Inner => child;

        public override Tensor forward(Tensor x) =>
            function(again.call(x) + constant.sum() + Cache.call(x) + tied.sum() + Teachers[1].call(x));
    }

    private sealed class Child : nn.Module<Tensor, Tensor>
    {
        private readonly nn.Module[] around;
        private readonly Linear own = nn.Linear(2, 2);

        public Child(nn.Module around) : base("Child")
        {
            this.around = [around];
            RegisterComponents();
        }

        public override Tensor forward(Tensor x) => around.Length > 0 ? own.call(x) : x;
    }

    private sealed class Student([NotTrained] Linear[] teachers) : nn.Module<Tensor, Tensor>("Student")
    {
        public override Tensor forward(Tensor x) => teachers[0].call(x);
    }

    [Fact]
    public void What_is_known_or_meant_is_not_said()
    {
        using var network = new Fine();
        Assert.Empty(Registration.Problems(network.Inner));
        Assert.Empty(Registration.Problems(network));
        using var student = new Student([nn.Linear(2, 2)]);
        Assert.Empty(Registration.Problems(student));
    }
}
