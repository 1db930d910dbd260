package dev.counterfoil.monitor.auditlog;

import dev.counterfoil.audit.access.Source;
import dev.counterfoil.auditclient.Operation;
import dev.counterfoil.auditserver.events.ReportWatch;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.monitor.findings.Finding;
import dev.counterfoil.monitor.findings.Finding.Kind;
import dev.counterfoil.monitor.findings.Finding.Severity;
import dev.counterfoil.monitor.findings.Finding.Subject;
import dev.counterfoil.monitor.findings.FindingSink;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.Arrays;

/**
 * Findings of what an authority noticed: something that works once was used again after its owner
 * had exchanged it, so that two hold it (RFC 9700 4.14.2).
 */
public record ReusedCredentials(FindingSink findings, InstantSource clock) implements ReportWatch {
  private static final int LINE_BYTES_MAX = 1 << 16;
  private static final byte[] CODE =
      Operation.CREDENTIAL_REUSE.code().getBytes(StandardCharsets.US_ASCII);

  @Override
  public void look(Source source, byte[] lines) {
    // A domain's own processes alone report for every tenant; a service's word on our credentials
    // is no proof.
    if (source.tenant().isPresent()) {
      return;
    }
    int from = 0;
    for (int at = 0; at <= lines.length; at++) {
      if (at == lines.length || lines[at] == '\n') {
        if (contains(lines, from, at)) {
          read(source, Arrays.copyOfRange(lines, from, at));
        }
        from = at + 1;
      }
    }
  }

  /** Cheap: of a million events perhaps one is read. */
  private static boolean contains(byte[] lines, int from, int to) {
    for (int at = from; at + CODE.length <= to; at++) {
      if (lines[at] == CODE[0]
          && Arrays.equals(lines, at, at + CODE.length, CODE, 0, CODE.length)) {
        return true;
      }
    }
    return false;
  }

  private void read(Source source, byte[] line) {
    try {
      JsonObject event = StrictJson.object(line, LINE_BYTES_MAX);
      if (!Operation.CREDENTIAL_REUSE.code().equals(event.object("metadata").get("event_code"))) {
        return;
      }
      JsonObject what = event.objects("resources").getFirst();
      String kind = what.string("type");
      String person = event.object("actor").object("user").string("uid");
      String client = event.object("actor").optionalString("app_uid").orElse("");
      findings.raise(
          new Finding(
              Kind.CREDENTIAL_REUSED,
              Severity.HIGH,
              source.domain(),
              Subject.of(source.domain(), kind + " " + what.string("uid")),
              clock.instant(),
              1,
              "A %s of %s%s was used again after it had been exchanged: two hold it. It and what was issued on it are ended."
                  .formatted(kind, person, client.isEmpty() ? "" : " for " + client),
              JsonObject.builder()
                  .put("credential", kind)
                  .put("grant", what.string("uid"))
                  .put("person", person)
                  .put("client", client.isEmpty() ? null : client)
                  .put("tenant", event.object("metadata").string("tenant_uid"))
                  .put("address", event.object("src_endpoint").optionalString("ip").orElse(null))
                  .build()));
    } catch (FormatException e) {
      // The audit log refuses it, too, and says so.
    }
  }
}
