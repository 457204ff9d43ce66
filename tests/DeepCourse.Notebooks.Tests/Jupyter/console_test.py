"""Drives `jupyter console`, the terminal's client, through a pseudo-terminal: a value, an error, a question to the user, Ctrl-C, and the end."""

import sys
import time

import pexpect

console = pexpect.spawn(sys.executable, ["-m", "jupyter_console", "--kernel", "deepcourse-csharp", "--simple-prompt"], timeout=60, encoding="utf8", dimensions=(40, 200))
console.logfile_read = sys.stdout


def run(number, code):
    console.expect(rf"In \[{number}\]: ")
    console.sendline(code)


run(1, "var xs = new[] { 1, 2, 3 }; xs.Sum()")
console.expect(r"Out\[1\]: 6")
run(2, "xs.Sun()")
console.expect(r"\(1,4\): error CS1061")
run(3, 'Console.WriteLine("ask"); var name = Console.ReadLine(); Console.WriteLine($"hello {name}");')
console.expect("\nask|\rask")
time.sleep(1)  # the question comes right after
console.sendline("Ada")
console.expect("hello Ada")
run(4, 'Console.WriteLine("st" + "arted"); while (true) { }')
console.expect("started")
console.sendintr()
console.expect("The cell was interrupted")
run(5, "xs.Length")
console.expect(r"Out\[5\]: 3")
console.expect(r"In \[6\]: ")
console.sendeof()
console.expect("exit")
console.sendline("y")
console.expect(pexpect.EOF)
console.close()
assert console.exitstatus == 0, console.exitstatus
