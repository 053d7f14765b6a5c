import elephas.spark_model as elephas_models

model = elephas_models.SparkModel(network, mode="hogwild", port=4001)
