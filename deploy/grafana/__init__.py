"""What operators see and are told: dashboards made here, rules of alerts beside their tests."""
