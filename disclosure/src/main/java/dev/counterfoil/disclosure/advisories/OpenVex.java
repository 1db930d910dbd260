package dev.counterfoil.disclosure.advisories;

import dev.counterfoil.disclosure.validation.Fault;
import dev.counterfoil.format.bytes.JsonObject;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** OpenVEX 0.2.0 documents: a draft, and what its specification demands of one. */
public final class OpenVex {
  private static final String CONTEXT = "https://openvex.dev/ns/v0.2.0";
  private static final Pattern IRI = Pattern.compile("[A-Za-z][A-Za-z0-9+.-]*:\\S{1,2000}");
  private static final List<String> STATUSES =
      List.of("not_affected", "affected", "fixed", "under_investigation");
  private static final List<String> JUSTIFICATIONS =
      List.of(
          "component_not_present",
          "vulnerable_code_not_present",
          "vulnerable_code_not_in_execute_path",
          "vulnerable_code_cannot_be_controlled_by_adversary",
          "inline_mitigations_already_exist");

  private OpenVex() {}

  /** Whether a document says that it is one. */
  public static boolean is(JsonObject json) {
    return json.get("@context") instanceof String context
        && context.startsWith("https://openvex.dev/");
  }

  /**
   * A draft, valid as it stands: our service is being looked at.
   *
   * @param id the weakness, such as {@code CVE-2026-12345}
   */
  public static byte[] draft(String id, ProviderSettings provider, Instant now) {
    JsonObject document =
        JsonObject.builder()
            .put("@context", CONTEXT)
            .put("@id", provider.address("vex/" + id))
            .put("author", provider.name())
            .put("timestamp", now.toString())
            .put("version", 1)
            .put(
                "statements",
                List.of(
                    JsonObject.builder()
                        .put("vulnerability", JsonObject.builder().put("name", id).build())
                        .put(
                            "products",
                            List.of(
                                JsonObject.builder().put("@id", provider.url().toString()).build()))
                        .put("status", "under_investigation")
                        .build()))
            .build();
    return SortedJson.of(document).getBytes(StandardCharsets.UTF_8);
  }

  /** What is wrong in a document, in the order of its members; empty where it is valid. */
  public static List<Fault> faults(JsonObject json) {
    CsafMembers all = new CsafMembers("", json);
    List<Fault> faults = new ArrayList<>();
    if (!all.text("@context").equals(Optional.of(CONTEXT))) {
      faults.add(all.fault("openvex", "@context", "is " + CONTEXT));
    }
    iri(faults, all);
    if (all.text("author").filter(author -> !author.isBlank()).isEmpty()) {
      faults.add(all.fault("openvex", "author", "names who says it"));
    }
    time(faults, all, true);
    if (!(json.get("version") instanceof Long version && version >= 1)) {
      faults.add(all.fault("openvex", "version", "is a whole number from 1 on"));
    }
    List<CsafMembers> statements = all.objects("statements");
    if (statements.isEmpty()) {
      faults.add(all.fault("openvex", "statements", "has at least one"));
    }
    statements.forEach(statement -> statement(faults, statement));
    return faults;
  }

  private static void iri(List<Fault> faults, CsafMembers at) {
    if (at.text("@id").filter(id -> IRI.matcher(id).matches()).isEmpty()) {
      faults.add(at.fault("openvex", "@id", "is an IRI"));
    }
  }

  private static void time(List<Fault> faults, CsafMembers at, boolean needed) {
    if (!needed && !at.has("timestamp")) {
      return;
    }
    try {
      OffsetDateTime.parse(at.text("timestamp").orElse(""));
    } catch (DateTimeParseException e) {
      faults.add(at.fault("openvex", "timestamp", "is a time such as 2026-12-01T09:00:00Z"));
    }
  }

  private static void statement(List<Fault> faults, CsafMembers statement) {
    if (statement.inner("vulnerability").text("name").filter(name -> !name.isBlank()).isEmpty()) {
      faults.add(statement.fault("openvex", "vulnerability", "has a name"));
    }
    time(faults, statement, false);
    List<CsafMembers> products = statement.objects("products");
    if (products.isEmpty()) {
      faults.add(statement.fault("openvex", "products", "names at least one"));
    }
    products.forEach(product -> iri(faults, product));
    String status = statement.text("status").orElse("");
    if (!STATUSES.contains(status)) {
      faults.add(statement.fault("openvex", "status", "is one of " + STATUSES));
    }
    boolean isJustified = statement.has("justification") || statement.has("impact_statement");
    if (status.equals("not_affected") && !isJustified) {
      faults.add(
          statement.fault("openvex", "justification", "or impact_statement says why not affected"));
    }
    if (statement.text("justification").filter(one -> !JUSTIFICATIONS.contains(one)).isPresent()) {
      faults.add(statement.fault("openvex", "justification", "is one of " + JUSTIFICATIONS));
    }
    if (status.equals("affected") && !statement.has("action_statement")) {
      faults.add(statement.fault("openvex", "action_statement", "says what to do"));
    }
  }
}
