"""The numbers, each in one place. Durations unless the name says otherwise."""

from datetime import timedelta

MOST_ENTITLEMENTS = 3_000
MOST_RESOURCES = 1_000
MOST_BUNDLES = 20
MOST_APPS = 20
MOST_REQUESTS_OF_A_SUBMISSION = 40
MOST_BATCHES_OF_A_REQUEST = 50
MOST_ENTITLEMENTS_OF_A_BATCH = 100
MOST_DECISIONS_AT_ONCE = 50
# Flows that a change of request settings may move: three rows each, of a hundred at once.
MOST_FLOWS_MOVED = 30
MOST_ENDED_AT_ONCE = 50
# Of a decision trace as JSON. A row of DynamoDB holds 400 KB.
MOST_TRACE_BYTES = 300_000
# Of an approver group, by id in a trace.
MOST_LISTED_APPROVERS = 100
MOST_REASON_CHARACTERS = 124
# Of one person, not over.
MOST_DELEGATIONS = 10
MOST_JUSTIFICATION_CHARACTERS = 1_000
# What a limit of the settings may allow of one person: each is kept while it counts.
MOST_GUARDED = 500

# Granting ends by itself after this, whatever became of its batches.
ACTIVATION_LIMIT = timedelta(minutes=10)
# A request may name a start so far ahead.
LONGEST_AHEAD = timedelta(days=90)
# A change that needs a second admin waits for one so long.
CHANGE_WAITS_FOR = timedelta(days=7)
# Somebody decides in another's place for no longer.
LONGEST_DELEGATION = timedelta(days=90)
# A call to a target may land this long after the Lambda that made it was due to end.
LANDING_TIME = timedelta(seconds=30)
# Revocation is tried again after this, doubling up to the longest.
FIRST_RETRY_AFTER = timedelta(seconds=15)
LONGEST_RETRY_AFTER = timedelta(hours=1)
# For so long a state machine drives a revocation; then the sweep goes on alone.
REVOCATION_MACHINE_FOR = timedelta(minutes=15)
# An execution lives a year at most; an end further off is left to the sweep.
LONGEST_WAIT = timedelta(days=300)
# The sweep leaves a row to its state machine for this long.
SWEEP_AFTER = timedelta(seconds=15)
# The sweep begins no further request when its own time is this short.
SWEEP_MARGIN = timedelta(seconds=20)
# Under request settings of a resource, nothing may be asked for longer.
LONGEST_CUSTOM = timedelta(days=7)
# People are told so long before access ends, but no sooner than when a tenth of it is left. What is
# shorter than this in all ends without a warning.
WARN_BEFORE = timedelta(minutes=15)
SHORTEST_WARNED = timedelta(minutes=10)
# An extension lasts this long unless its flow says otherwise, or grants less in all.
DEFAULT_EXTENSION = timedelta(minutes=30)
# A request of a flow without approval waits for its grantee's code as long, from its start on.
MFA_LIMIT = timedelta(hours=24)
# Wrong codes count for so long, and too many of them lock for as long.
MFA_LOCK_FOR = timedelta(minutes=15)
# How often one may ask, and send forms of links, the settings say; in how much time, this.
SUBMISSIONS_WITHIN = timedelta(hours=1)
LINK_POSTS_WITHIN = timedelta(minutes=15)
# A pass counts for no longer, whatever the account's settings want.
LONGEST_MFA_PASS = timedelta(days=1)
# A flow for emergencies grants for no longer.
EMERGENCY_LIMIT = timedelta(hours=4)
# Fallback access ends after this, by rule.
FALLBACK_LIMIT = timedelta(hours=4)
# An event that dispatch could not pass on goes to the dead-letter queue at this age.
DISPATCH_FOR = timedelta(minutes=10)
# A visitor proves an address within this; then the form is open to them for as long as the second.
PROOF_FOR = timedelta(minutes=30)
VISIT_FOR = timedelta(hours=1)
# An outsider can look at a request for so long after it was closed.
STATUS_FOR = timedelta(days=30)
# Who claimed a notice and vanished loses the claim after this.
NOTICE_CLAIM_FOR = timedelta(minutes=2)

# Shards of the indexes over all requests, of due ones and by age.
SHARDS = 8
PAGE_SIZE = 50
# Requests that one page of the activity looks at, meant or not.
MOST_REQUESTS_EXAMINED = 500
# A request's id, which tells when it was made, is made so soon after the instant of submission.
ID_WITHIN = timedelta(minutes=1)
# Resources that one page of a search looks at, found or not.
MOST_EXAMINED = 2_000
MOST_FAVOURITES = 100
# People who are looked at for a group of which only some are told.
MOST_PEOPLE_EXAMINED = 500
# Requests that the dashboard counts: the last ones, and the open ones of a status.
MOST_COUNTED = 500
# What is shown to end soon ends within this.
ENDS_SOON = timedelta(hours=24)
# Events of one chain on a page.
MOST_EVENTS_SHOWN = 100
# Of one file that is taken along: requests, and about its size. An answer of Lambda holds 6 MB.
MOST_EXPORTED = 1_000
MOST_EXPORTED_BYTES = 3_000_000
# Open requests that a summary looks through.
MOST_SUMMARISED = 5_000
# Of a drawing: flows, and people or resources.
MOST_FLOWS_DRAWN = 12
MOST_DRAWN = 12
# Earlier requests, and people who have the same, that approvers are told of; and the pages of
# requests that are looked through for either.
MOST_TOLD = 10
PAGES_WEIGHED = 6
# People whom a plan made on a page looks at.
MOST_PLANNED_FOR = 1_000

# A session of the portal ends so long after sign-in, or sooner when it is left alone for so long.
# Its use is noted no more often than `every`.
SESSION_FOR = timedelta(hours=12)
SESSION_IDLE_FOR = timedelta(hours=1)
SESSION_SEEN_EVERY = timedelta(minutes=5)
# From leaving for the sign-in pages to coming back.
SIGN_IN_WITHIN = timedelta(minutes=10)
