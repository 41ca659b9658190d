"""Who is on call: the organisation's own schedules, and services that know others."""
