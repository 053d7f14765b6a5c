from elephas.spark_model import SparkModel

model = SparkModel(network, num_workers=2)
model.fit(rdd, epochs=2, batch_size=32)
print(model.training_histories[-1])
