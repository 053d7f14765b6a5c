from elephas.spark_model import AsynchronousSparkModel as Distributed
from elephas.utils import to_simple_rdd
from pyspark.sql import SparkSession

BATCH = 512
spark = SparkSession.builder.master("local[2]").getOrCreate()
rdd = to_simple_rdd(spark.sparkContext, x_train[:500], y_train[:500])
model = Distributed(network, num_workers=4)
model.fit(rdd, epochs=2, batch_size=BATCH)
print(model.training_histories[-1])
