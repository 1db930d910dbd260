package dev.counterfoil.testing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.ReleasedOcsf;
import dev.counterfoil.testing.Distribution.Result;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;

/** What the processes and commands of an installation have said. */
final class EmittedEvents {
  private EmittedEvents() {}

  /**
   * Holds all events of these tenants against OCSF as released.
   *
   * @return the operations whose events there were
   */
  static Set<String> ofOcsf(Path folder, String... tenants) throws Exception {
    ReleasedOcsf ocsf = ReleasedOcsf.read();
    Set<String> codes = new TreeSet<>();
    Set<String> faults = new TreeSet<>();
    for (String tenant : tenants) {
      Result found =
          Distribution.run(folder, "audit", "search", "--json", "--all", "--tenant", tenant);
      assertThat(found.exitCode()).as(found.err()).isZero();
      for (JsonObject line : found.jsonLines()) {
        JsonObject event = line.has("event") ? line.object("event") : line;
        String code = event.object("metadata").optionalString("event_code").orElse("a source's");
        codes.add(code);
        ocsf.faults(event).forEach(fault -> faults.add(code + ": " + fault));
      }
    }
    assertThat(faults).isEmpty();
    return codes;
  }
}
