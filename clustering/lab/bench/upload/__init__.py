"""From an upload to its map: the whole product on a temporary database, and the time of each step.

driver   uploads a file as the form does and watches the rows; runs beside the workers
product  starts the product and the driver
"""
