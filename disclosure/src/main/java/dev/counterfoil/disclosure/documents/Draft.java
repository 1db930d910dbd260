package dev.counterfoil.disclosure.documents;

import dev.counterfoil.disclosure.Claim;
import dev.counterfoil.disclosure.Correction;
import dev.counterfoil.disclosure.PublicStatement;
import dev.counterfoil.disclosure.VictimCounts;
import dev.counterfoil.disclosure.record.AffectedIncident;
import dev.counterfoil.disclosure.record.ClaimVersion;
import dev.counterfoil.disclosure.record.IncidentRecord;
import dev.counterfoil.disclosure.record.Publication;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What all documents of an incident are made from.
 *
 * @param version which version of the statement this becomes
 * @param incident what was touched
 * @param claims the last version of each claim
 * @param corrections of claims that were wrong
 * @param texts around the claims, by name
 * @param counts how many are affected
 */
public record Draft(
    long version,
    AffectedIncident incident,
    List<ClaimVersion> claims,
    List<Correction> corrections,
    Map<String, String> texts,
    VictimCounts counts) {
  /** The one line above everything. */
  public static final String HEADLINE = "headline";

  /** A few sentences for readers in a hurry. */
  public static final String SUMMARY = "summary";

  /** What those affected do now. */
  public static final String ADVICE = "advice";

  /** When the next word comes, such as {@code 2026-12-01T09:00:00Z}. */
  public static final String NEXT_WORD = "next-word";

  /** The texts without which nothing is published. */
  public static final List<String> NEEDED = List.of(HEADLINE, SUMMARY, ADVICE, NEXT_WORD);

  /** The texts of it that are published, and so are signed. */
  public SortedMap<String, String> published() {
    SortedMap<String, String> published = new TreeMap<>(texts);
    published.keySet().retainAll(NEEDED);
    return published;
  }

  /** The draft that the record makes now. */
  public static Draft of(IncidentRecord record) {
    return new Draft(
        record.publications().size() + 1L,
        record.incident(),
        record.claims(),
        record.corrections(),
        record.texts(),
        record.incident().counts());
  }

  /** What a publication was made from. */
  public static Draft of(Publication publication) {
    AffectedIncident incident = publication.incident();
    PublicStatement statement = publication.statement();
    return new Draft(
        statement.version(),
        incident,
        statement.claims().stream()
            .map(
                claim ->
                    new ClaimVersion(
                        statement.version(), claim, "", publication.at(), Optional.empty()))
            .toList(),
        statement.corrections(),
        statement.texts(),
        statement.counts().orElseGet(incident::counts));
  }

  /** What names this draft: an approval is of this and of nothing else. */
  public String digest() {
    return Hash.sha256(
            JsonObject.builder()
                .put("version", version)
                .put("claims", claims.stream().map(one -> one.claim().toJson()).toList())
                .put("corrections", corrections.stream().map(Correction::toJson).toList())
                .put("texts", PublicStatement.json(texts))
                .put("counts", counts.commitments().hex())
                .put("incident", incident.digest().hex())
                .build()
                .canonicalBytes())
        .hex();
  }

  /** A text, or nothing where it is not written yet. */
  public String text(String name) {
    return texts.getOrDefault(name, "");
  }

  /** When the next word comes; empty where the text is no time. */
  public Optional<Instant> nextWordAt() {
    try {
      return Optional.of(Instant.parse(text(NEXT_WORD)));
    } catch (DateTimeParseException e) {
      return Optional.empty();
    }
  }

  /** The claims of a state. */
  public List<Claim> in(Claim.State state) {
    return claims.stream().map(ClaimVersion::claim).filter(one -> one.state() == state).toList();
  }
}
