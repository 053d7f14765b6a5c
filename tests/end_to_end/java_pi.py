"""SparkPi in Java, as Spark's own examples have it: PyPI's Spark comes without that jar."""

import os
import pathlib
import subprocess
import tempfile
import zipfile

SOURCE = """
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;

public class SparkPi {
  public static void main(String[] arguments) {
    int slices = Integer.parseInt(arguments[0]), points = 10000 * slices;
    try (JavaSparkContext spark = new JavaSparkContext(new SparkConf())) {
      List<Integer> all = IntStream.range(0, points).boxed().collect(Collectors.toList());
      long inside = spark.parallelize(all, slices).filter(number -> {
        double x = Math.random() * 2 - 1, y = Math.random() * 2 - 1;
        return x * x + y * y <= 1;
      }).count();
      System.out.println("Pi is roughly " + 4.0 * inside / points);
    }
  }
}
"""


def make_jar(jar, spark_jars):
    """`spark_jars`: a folder with Spark's own. Debian's Java without a development kit has the compiler as a module."""
    java = pathlib.Path(os.environ.get("JAVA_HOME", "/usr/lib/jvm/java-17-openjdk-amd64"), "bin/java")
    with tempfile.TemporaryDirectory() as folder:
        source = pathlib.Path(folder, "SparkPi.java")
        source.write_text(SOURCE)
        done = subprocess.run([java, "-m", "jdk.compiler/com.sun.tools.javac.Main", "-cp", os.pathsep.join(map(str, pathlib.Path(spark_jars).glob("*.jar"))), "-d", folder, source], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        if done.returncode != 0:
            raise AssertionError(done.stdout)
        with zipfile.ZipFile(jar, "w") as archive:
            for file in pathlib.Path(folder).glob("*.class"):
                archive.write(file, file.name)
