package dev.counterfoil.disclosure.documents;

import dev.counterfoil.disclosure.Claim;
import dev.counterfoil.disclosure.Correction;
import dev.counterfoil.disclosure.Measure;
import dev.counterfoil.disclosure.PublicStatement;
import dev.counterfoil.disclosure.ShownText;
import dev.counterfoil.disclosure.advisories.AdvisoryDraft;
import dev.counterfoil.disclosure.advisories.CsafDocument;
import dev.counterfoil.disclosure.advisories.Profile;
import dev.counterfoil.disclosure.advisories.ProviderSettings;
import dev.counterfoil.disclosure.advisories.TlpLabel;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The advisory that a published statement makes (CSAF 2.0, profile Security Incident Response): its
 * notes are the claims in their states, the corrections and the advice, and no word besides. Pure.
 */
public final class StatementAdvisory {
  /** The next word is announced until the operator says that it was the last. */
  private static final String OPEN = "interim";

  private StatementAdvisory() {}

  /**
   * The first version of a document.
   *
   * @param id its id, which never changes
   * @param now when it is made
   * @throws FormatException when the statement has no headline
   */
  public static byte[] first(
      PublicStatement statement, String id, ProviderSettings provider, TlpLabel tlp, Instant now)
      throws FormatException {
    byte[] draft =
        AdvisoryDraft.of(
            Profile.SECURITY_INCIDENT_RESPONSE, id, headline(statement), provider, tlp, now);
    JsonObject document = CsafDocument.parse(draft).json().object("document");
    JsonObject tracking = document.object("tracking").with("status", OPEN);
    return bytes(document.with("notes", notes(statement)).with("tracking", tracking));
  }

  /**
   * The next version of a document, for a later version of the statement.
   *
   * @throws FormatException when the statement has no headline, or the document is not CSAF
   */
  public static byte[] next(CsafDocument before, PublicStatement statement, Instant now)
      throws FormatException {
    String date = now.truncatedTo(ChronoUnit.SECONDS).toString();
    String version = before.nextVersion();
    JsonObject document = before.json().object("document");
    JsonObject tracking = document.object("tracking");
    List<JsonObject> history = new ArrayList<>(tracking.objects("revision_history"));
    history.add(
        JsonObject.builder()
            .put("date", date)
            .put("number", version)
            .put("summary", summary(statement))
            .build());
    return bytes(
        document
            .with("notes", notes(statement))
            .with("title", headline(statement))
            .with(
                "tracking",
                tracking
                    .with("current_release_date", date)
                    .with("revision_history", history)
                    .with("status", OPEN)
                    .with("version", version)));
  }

  private static byte[] bytes(JsonObject document) throws FormatException {
    JsonObject all = JsonObject.builder().put("document", document).build();
    return CsafDocument.parse(all.toString().getBytes(StandardCharsets.UTF_8)).bytes();
  }

  private static String headline(PublicStatement statement) throws FormatException {
    String headline = ShownText.line(statement.texts().getOrDefault(Draft.HEADLINE, ""));
    if (headline.isEmpty()) {
      throw new FormatException("the statement has no headline, which is the advisory's title");
    }
    return headline;
  }

  private static String summary(PublicStatement statement) {
    String corrected =
        statement.corrections().stream().map(Correction::claim).collect(Collectors.joining(", "));
    return "Version %d of the statement.%s"
        .formatted(
            statement.version(),
            corrected.isEmpty() ? "" : " It corrects what was said before: " + corrected + ".");
  }

  private static List<JsonObject> notes(PublicStatement statement) {
    List<JsonObject> notes = new ArrayList<>();
    note("summary", "Summary", text(statement, Draft.SUMMARY)).ifPresent(notes::add);
    statement
        .counts()
        .flatMap(counts -> note("general", "Affected", StatementDocuments.affected(counts)))
        .ifPresent(notes::add);
    for (Claim.State state : StatementDocuments.ORDER) {
      String claims =
          statement.claims().stream()
              .filter(claim -> claim.state() == state)
              .map(StatementAdvisory::claim)
              .collect(Collectors.joining("\n"));
      note("details", StatementDocuments.name(state), claims).ifPresent(notes::add);
    }
    String corrections =
        statement.corrections().stream()
            .map(StatementAdvisory::correction)
            .collect(Collectors.joining("\n"));
    note("details", "Corrections", corrections).ifPresent(notes::add);
    note("general", "What to do now", text(statement, Draft.ADVICE)).ifPresent(notes::add);
    note("other", "The next word comes by", text(statement, Draft.NEXT_WORD)).ifPresent(notes::add);
    return notes;
  }

  private static String text(PublicStatement statement, String name) {
    return ShownText.line(statement.texts().getOrDefault(name, ""));
  }

  private static Optional<JsonObject> note(String category, String title, String text) {
    return text.isEmpty()
        ? Optional.empty()
        : Optional.of(
            JsonObject.builder()
                .put("category", category)
                .put("text", text)
                .put("title", title)
                .build());
  }

  private static String claim(Claim claim) {
    String scope = claim.scope().stream().map(Measure::words).collect(Collectors.joining(", "));
    return "%s: %s%s%s"
        .formatted(
            ShownText.line(claim.id()),
            ShownText.line(claim.text()),
            scope.isEmpty() ? "" : " (" + scope + ")",
            claim.reason().isEmpty()
                ? ""
                : " [%s: %s]"
                    .formatted(
                        StatementDocuments.reason(claim.state()), ShownText.line(claim.reason())));
  }

  private static String correction(Correction one) {
    return "%s was wrong: %s Published %s, found %s: %s Why it was believed: %s What prevents the like: %s"
        .formatted(
            ShownText.line(one.claim()),
            ShownText.line(one.wrong()),
            one.since(),
            one.foundAt(),
            ShownText.line(one.foundHow()),
            ShownText.line(one.believedBecause()),
            ShownText.line(one.prevention()));
  }
}
