# The kernel against jupyter_kernel_test, with every optional sample filled in.
import unittest
import jupyter_kernel_test


class DeepCourseKernel(jupyter_kernel_test.KernelTests):
    kernel_name = "deepcourse-csharp"
    language_name = "C#"
    file_extension = ".cs"

    code_hello_world = 'Console.WriteLine("hello, world");'
    code_stderr = 'Console.Error.WriteLine("oops");'

    completion_samples = [
        {"text": "Console.WriteL", "matches": {"WriteLine"}},
        {"text": "Math.Sq", "matches": {"Sqrt"}},
        {"text": "forea", "matches": {"foreach"}},
    ]
    complete_code_samples = ["1 + 1", "var x = 1;", "void F() { }", "if (true) { }", "// done"]
    incomplete_code_samples = ["void F() {", "if (true) {", "Console.WriteLine(", "/* open"]
    invalid_code_samples = ["x = = 1;", "class { }", "int 5x = 3;"]

    code_generate_error = 'throw new InvalidOperationException("wanted");'
    code_execute_result = [
        {"code": "6 * 7", "result": "42"},
        {"code": '"text"', "result": "text"},
        {"code": "1.5 + 1", "result": "2.5"},
    ]
    code_display_data = [
        {"code": 'display(HTML("<b>bold</b>"));', "mime": "text/html"},
        {"code": '"<svg/>".DisplayAs("image/svg+xml");', "mime": "image/svg+xml"},
        {"code": "DeepCourse.Vision.Kernels.Identity.Display();", "mime": "text/html"},
    ]
    code_history_pattern = "6*7"
    supported_history_operations = ("tail", "range", "search")
    code_page_something = "Console.WriteLine?"
    code_inspect_sample = "Console.WriteLine"
    code_clear_output = "clear();"


if __name__ == "__main__":
    unittest.main(verbosity=2)
