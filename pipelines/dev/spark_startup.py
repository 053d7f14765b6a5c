# What every notebook begins with (PYTHONSTARTUP): `spark` and `sc`, with all processors of this machine.
from pyspark.sql import SparkSession

spark = SparkSession.builder.appName("notebook").config("spark.ui.showConsoleProgress", "false").getOrCreate()
sc = spark.sparkContext
