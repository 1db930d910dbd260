package dev.counterfoil.disclosure.advisories;

import dev.counterfoil.disclosure.validation.Fault;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The last version of a document: it keeps the id and the whole history, says why it ended, and has
 * no products and no vulnerabilities any more. CSAF 2.0 has no profile for it, so it is of the base
 * profile there; CSAF 2.1 (Committee Specification Draft 03, profiles 6 and 7) has one for
 * withdrawn and one for superseded documents.
 */
public final class AdvisoryEnding {
  /** What stands in {@code document.csaf_version} of a document in the draft. */
  static final String DRAFT_VERSION = "2.1";

  private static final String DRAFT_SCHEMA =
      "https://docs.oasis-open.org/csaf/csaf/v2.1/schema/csaf.json";
  private static final String WITHDRAWN = "csaf_withdrawn";
  private static final String SUPERSEDED = "csaf_superseded";
  private static final String WITHDRAWAL = "Reasoning for Withdrawal";
  private static final String SUPERSESSION = "Reasoning for Supersession";
  private static final String SUCCESSOR = "Superseding Document";

  private AdvisoryEnding() {}

  /** Whether a document says that it is CSAF 2.1. */
  public static boolean isDraft(JsonObject json) {
    return json.get("document") instanceof JsonObject document
        && DRAFT_VERSION.equals(document.get("csaf_version"));
  }

  /**
   * The last version of a document in CSAF 2.0.
   *
   * @param reason why it ended, for readers
   * @param successor the address of the document that stands in its place, if one does
   * @throws FormatException where the document lacks a member that this one keeps
   */
  public static byte[] of(
      CsafDocument document, String reason, Optional<URI> successor, Instant now)
      throws FormatException {
    JsonObject last = ended(document, reason, successor, now).put("csaf_version", "2.0").build();
    return bytes(
        JsonObject.builder()
            .put("document", last.with("category", Profile.BASE.category()))
            .build());
  }

  /** The same in CSAF 2.1, which is a draft still. */
  public static byte[] draft(
      CsafDocument document, String reason, Optional<URI> successor, Instant now)
      throws FormatException {
    // TLP 2 calls clear what TLP 1 called white; the other labels of ours stay.
    String label = document.tlp() == TlpLabel.WHITE ? "CLEAR" : document.tlp().name();
    JsonObject last =
        ended(document, reason, successor, now).put("csaf_version", DRAFT_VERSION).build();
    return bytes(
        JsonObject.builder()
            .put("$schema", DRAFT_SCHEMA)
            .put(
                "document",
                last.with("category", successor.isPresent() ? SUPERSEDED : WITHDRAWN)
                    .with("distribution", tlp(label)))
            .build());
  }

  private static byte[] bytes(JsonObject json) {
    return SortedJson.of(json).getBytes(StandardCharsets.UTF_8);
  }

  private static JsonObject.Builder ended(
      CsafDocument document, String reason, Optional<URI> successor, Instant now)
      throws FormatException {
    JsonObject old = document.json().object("document");
    JsonObject.Builder last =
        JsonObject.builder()
            .put("distribution", tlp(document.tlp().name()))
            .put("publisher", old.object("publisher"))
            .put("title", document.title())
            .put("tracking", tracking(document, successor, now))
            .put(
                "notes",
                List.of(
                    JsonObject.builder()
                        .put("category", "description")
                        .put("text", reason)
                        .put("title", successor.isPresent() ? SUPERSESSION : WITHDRAWAL)
                        .build()));
    for (String kept : List.of("lang", "source_lang")) {
      Optional<String> value = old.optionalString(kept);
      if (value.isPresent()) {
        last.put(kept, value.get());
      }
    }
    List<JsonObject> references =
        new ArrayList<>(old.has("references") ? old.objects("references") : List.of());
    if (successor.isPresent()) {
      references.add(
          JsonObject.builder()
              .put("category", "external")
              .put("summary", SUCCESSOR)
              .put("url", successor.get().toString())
              .build());
    }
    if (!references.isEmpty()) {
      last.put("references", references);
    }
    return last;
  }

  private static JsonObject tracking(CsafDocument document, Optional<URI> successor, Instant now)
      throws FormatException {
    String date = now.truncatedTo(ChronoUnit.SECONDS).toString();
    String version = document.nextVersion();
    JsonObject old = document.json().object("document").object("tracking");
    List<JsonObject> history = new ArrayList<>(old.objects("revision_history"));
    history.add(
        JsonObject.builder()
            .put("date", date)
            .put("number", version)
            .put("summary", successor.isPresent() ? "Superseded." : "Withdrawn.")
            .build());
    return old.with("current_release_date", date)
        .with("revision_history", history)
        .with("status", "final")
        .with("version", version);
  }

  private static JsonObject tlp(String label) {
    return JsonObject.builder()
        .put("tlp", JsonObject.builder().put("label", label).build())
        .build();
  }

  /** The mandatory tests of the two profiles (CSAF 2.1, 6.1.27.14 to 6.1.27.19). */
  static List<Fault> faults(CsafMembers all) {
    List<Fault> faults = new ArrayList<>();
    CsafMembers document = all.inner("document");
    String category = document.text("category").orElse("");
    boolean isSuperseded = category.equals(SUPERSEDED);
    if (!isSuperseded && !category.equals(WITHDRAWN)) {
      return List.of(
          document.fault(
              "csaf-2.1",
              "category",
              "of the draft only " + WITHDRAWN + " and " + SUPERSEDED + " are known"));
    }
    if (document.objects("notes").stream().noneMatch(note -> isOf(note, "description"))) {
      faults.add(document.fault("6.1.27.14", "notes", "one describes"));
    }
    for (String dropped : List.of("product_tree", "vulnerabilities")) {
      if (all.has(dropped)) {
        faults.add(all.fault("6.1.27.15", dropped, "a document that ended has none"));
      }
    }
    CsafMembers tracking = document.inner("tracking");
    if (tracking.objects("revision_history").size() < 2) {
      faults.add(tracking.fault("6.1.27.16", "revision_history", "what came before is kept"));
    }
    if (document.text("lang").filter(lang -> !lang.matches("(?i)en(-.*)?")).isPresent()) {
      // The titles below are those of English documents.
      return faults;
    }
    String title = isSuperseded ? SUPERSESSION : WITHDRAWAL;
    List<CsafMembers> reasons =
        document.objects("notes").stream()
            .filter(note -> note.text("title").equals(Optional.of(title)))
            .toList();
    if (reasons.size() != 1 || !isOf(reasons.getFirst(), "description")) {
      faults.add(
          document.fault(
              isSuperseded ? "6.1.27.18" : "6.1.27.17",
              "notes",
              "exactly one has the title \"" + title + "\", and it is a description"));
    }
    if (isSuperseded) {
      List<CsafMembers> successors =
          document.objects("references").stream()
              .filter(r -> r.text("summary").orElse("").startsWith(SUCCESSOR))
              .toList();
      if (successors.isEmpty() || !successors.stream().allMatch(r -> isOf(r, "external"))) {
        faults.add(
            document.fault(
                "6.1.27.19",
                "references",
                "one has a summary that begins with \"" + SUCCESSOR + "\", and is external"));
      }
    }
    return faults;
  }

  private static boolean isOf(CsafMembers item, String category) {
    return item.text("category").equals(Optional.of(category));
  }
}
