"""The embedded quick start: PostgreSQL, SFTP and Airflow on the loopback of one machine."""
