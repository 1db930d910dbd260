package dev.counterfoil.monitor.auditlog;

import dev.counterfoil.audit.access.Source;
import dev.counterfoil.auditclient.Operation;
import dev.counterfoil.auditserver.events.ReportWatch;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.format.keys.TokenId;
import dev.counterfoil.monitor.findings.Finding;
import dev.counterfoil.monitor.findings.Finding.Kind;
import dev.counterfoil.monitor.findings.Finding.Severity;
import dev.counterfoil.monitor.findings.Finding.Subject;
import dev.counterfoil.monitor.findings.FindingSink;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.NoSuchElementException;
import java.util.Optional;

/**
 * Findings of what an authority hears of people: a credential that works once was used by two (RFC
 * 9700 4.14.2), or a person says that a token in their name is not theirs.
 */
public record PeopleFindings(FindingSink findings, InstantSource clock) implements ReportWatch {
  private static final int LINE_BYTES_MAX = 1 << 16;
  private static final byte[] REUSE = ascii(Operation.CREDENTIAL_REUSE);
  private static final byte[] DISOWN = ascii(Operation.TOKEN_DISOWN);
  private static final byte[] REPORT = ascii(Operation.REPORT_FILE);

  private static byte[] ascii(Operation operation) {
    return operation.code().getBytes(StandardCharsets.US_ASCII);
  }

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
        // Few of the lines are parsed here: the audit log parses them all.
        if (contains(lines, from, at, REUSE)
            || contains(lines, from, at, DISOWN)
            || contains(lines, from, at, REPORT)) {
          read(source, Arrays.copyOfRange(lines, from, at));
        }
        from = at + 1;
      }
    }
  }

  private static boolean contains(byte[] lines, int from, int to, byte[] code) {
    for (int at = from; at + code.length <= to; at++) {
      if (lines[at] == code[0]
          && Arrays.equals(lines, at, at + code.length, code, 0, code.length)) {
        return true;
      }
    }
    return false;
  }

  private void read(Source source, byte[] line) {
    try {
      JsonObject event = StrictJson.object(line, LINE_BYTES_MAX);
      Object code = event.object("metadata").get("event_code");
      if (Operation.CREDENTIAL_REUSE.code().equals(code)) {
        reused(source, event);
      } else if (Operation.TOKEN_DISOWN.code().equals(code)) {
        disowned(source, event);
      } else if (Operation.REPORT_FILE.code().equals(code)) {
        reported(source, event);
      }
    } catch (FormatException | NoSuchElementException e) {
      // A malformed line must not keep its batch out of the audit log, which judges it on its own.
    }
  }

  private void reused(Source source, JsonObject event) throws FormatException {
    JsonObject what = event.objects("resources").getFirst();
    String credential = what.string("type");
    String client = client(event);
    raise(
        source,
        event,
        Kind.CREDENTIAL_REUSED,
        credential + " " + what.string("uid"),
        "A %s of %s%s was used again after it had been exchanged: two hold it. The authority ends it and what was issued on it, and tries again until that is done."
            .formatted(credential, person(event), client.isEmpty() ? "" : " for " + client),
        JsonObject.builder().put("credential", credential).put("grant", what.string("uid")));
  }

  private void disowned(Source source, JsonObject event) throws FormatException {
    String token = event.object("recorded_token").string("uid");
    raise(
        source,
        event,
        Kind.TOKEN_DISOWNED,
        token,
        "%s says of a token in their name that it was not they who had it issued, and asked for its revocation."
            .formatted(person(event)),
        JsonObject.builder().put("token", token));
  }

  /** What a stranger wrote stands in the evidence alone: no headline and no clue is theirs. */
  private void reported(Source source, JsonObject event) throws FormatException {
    JsonObject said = event.object("unmapped");
    String reference = said.string("reference");
    String about = said.optionalString("about").orElse("");
    findings.raise(
        new Finding(
            Kind.PERSON_REPORT,
            Severity.MEDIUM,
            source.domain(),
            Subject.of(source.domain(), reference),
            clock.instant(),
            1,
            "A person reports "
                + switch (said.string("report")) {
                  case "not-me" -> "something that they did not do";
                  case "flaw" -> "a flaw";
                  default -> "something";
                }
                + ", under reference "
                + reference
                + ". Read it with: counterfoil reports show "
                + reference,
            JsonObject.builder()
                .put("reference", reference)
                .put("report", said.string("report"))
                .put("text", said.string("text"))
                .put("about", about.isEmpty() ? null : about)
                // What names a token shares its incident.
                .put("token", isTokenId(about) ? about : null)
                .put("contact", said.optionalString("contact").orElse(null))
                .put(
                    "reporter_address",
                    event.optionalObject("src_endpoint").isPresent()
                        ? event.object("src_endpoint").optionalString("ip").orElse(null)
                        : null)
                .build()));
  }

  private static boolean isTokenId(String text) {
    try {
      return !TokenId.parse(text).log().isEmpty();
    } catch (FormatException e) {
      return false;
    }
  }

  private void raise(
      Source source,
      JsonObject event,
      Kind kind,
      String about,
      String summary,
      JsonObject.Builder detail)
      throws FormatException {
    String client = client(event);
    Optional<JsonObject> from = event.optionalObject("src_endpoint");
    findings.raise(
        new Finding(
            kind,
            Severity.HIGH,
            source.domain(),
            Subject.of(source.domain(), about),
            clock.instant(),
            1,
            summary,
            detail
                .put("person", person(event))
                .put("client", client.isEmpty() ? null : client)
                .put("tenant", event.object("metadata").string("tenant_uid"))
                .put(
                    "address", from.isEmpty() ? null : from.get().optionalString("ip").orElse(null))
                .build()));
  }

  private static String person(JsonObject event) throws FormatException {
    return event.object("actor").object("user").string("uid");
  }

  private static String client(JsonObject event) throws FormatException {
    return event.object("actor").optionalString("app_uid").orElse("");
  }
}
