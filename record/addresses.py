"""How a line of a record is named in an address, wherever one is shown."""

from record.models import LineKind

LINE = f"<any({', '.join(LineKind)}):kind>/<uuid:uuid>"
