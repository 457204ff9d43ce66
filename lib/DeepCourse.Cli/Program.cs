Console.WriteLine(DeepCourse.Native.Arithmetic.Check());
