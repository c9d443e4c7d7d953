"""Telemetry: OpenTelemetry traces in, runs and costs out."""
