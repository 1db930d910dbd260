package dev.counterfoil.disclosure.documents;

import dev.counterfoil.disclosure.Claim;
import dev.counterfoil.disclosure.Claim.State;
import dev.counterfoil.disclosure.Measure;
import dev.counterfoil.disclosure.record.ClaimVersion;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Finds what contradicts the claims: numbers, dates and states, in texts around the claims, in any
 * other document, and among the claims themselves. Pure. It reads English, and finds what is said
 * in words close to a claim's; what it does not find may still be wrong.
 */
public final class Contradictions {
  private static final Pattern COUNT =
      Pattern.compile("\\b(\\d{1,3}(?:,\\d{3})+|\\d+)\\s+([a-z][a-z-]+)", Pattern.CASE_INSENSITIVE);
  private static final Pattern DATE =
      Pattern.compile("\\b\\d{4}-\\d{2}-\\d{2}(?:T\\d{2}:\\d{2}(?::\\d{2})?Z)?");
  private static final Pattern SENTENCE = Pattern.compile("(?<=[.!?])\\s+");
  private static final Pattern HEDGE =
      Pattern.compile(
          "\\b(may|might|could|possibl[ey]|hypothes[ie]s|suspect\\w*|likely|probabl[ey]|unknown|not"
              + " (?:yet )?(?:known|confirmed|clear)|believe\\w*|assum\\w*|whether|investigat\\w*)\\b",
          Pattern.CASE_INSENSITIVE);
  private static final Pattern RETRACTION =
      Pattern.compile(
          "\\b(withdr\\w+|wrong\\w*|incorrect\\w*|correct\\w*|no longer|was not|did not)\\b",
          Pattern.CASE_INSENSITIVE);

  /** Of a claim's words so many in one sentence make it the same statement. */
  private static final double SAME = 0.6;

  private static final int WORD_MIN = 4;
  private static final int WORDS_MIN = 3;

  private Contradictions() {}

  /**
   * One contradiction.
   *
   * @param where in which document or text
   * @param what what contradicts what
   */
  public record Contradiction(String where, String what) {
    @Override
    public String toString() {
      return where + ": " + what;
    }
  }

  /** All of a draft: among its claims, with the incident, and in its texts. */
  public static List<Contradiction> of(Draft draft) {
    List<Claim> claims = draft.claims().stream().map(ClaimVersion::claim).toList();
    List<Contradiction> found = new ArrayList<>(among(claims));
    found.addAll(withIncident(draft, claims));
    draft.texts().forEach((name, text) -> found.addAll(inDocument("text " + name, text, draft)));
    return found;
  }

  /** What another document, such as a press release, says against the claims. */
  public static List<Contradiction> inDocument(String name, String text, Draft draft) {
    Set<String> days =
        Stream.concat(
                Stream.of(draft.incident().first(), draft.incident().last()),
                draft.nextWordAt().stream())
            .map(at -> at.toString().substring(0, "2026-01-01".length()))
            .collect(Collectors.toUnmodifiableSet());
    return inText(name, text, draft, days);
  }

  private static List<Contradiction> among(List<Claim> claims) {
    List<Contradiction> found = new ArrayList<>();
    List<Claim> standing = claims.stream().filter(one -> one.state() != State.WITHDRAWN).toList();
    for (int i = 0; i < standing.size(); i++) {
      Claim one = standing.get(i);
      for (Claim other : standing.subList(i + 1, standing.size())) {
        for (Measure measure : one.scope()) {
          measure(other, measure.name())
              .filter(same -> !same.agrees(measure))
              .ifPresent(
                  same ->
                      found.add(
                          new Contradiction(
                              "claims",
                              "%s says %s, and %s says %s"
                                  .formatted(
                                      one.id(), measure.words(), other.id(), same.words()))));
        }
      }
      counts(one.text())
          .forEach(
              (name, number) ->
                  measure(one, name)
                      .filter(bounds -> !bounds.contains(number))
                      .ifPresent(
                          bounds ->
                              found.add(
                                  new Contradiction(
                                      "claim " + one.id(),
                                      "its words say %d %s, and its scope says %s"
                                          .formatted(number, name, bounds.words())))));
    }
    return found;
  }

  private static List<Contradiction> withIncident(Draft draft, List<Claim> claims) {
    List<Contradiction> found = new ArrayList<>();
    for (Claim claim : claims) {
      if (claim.state() != State.CONFIRMED) {
        continue;
      }
      for (Measure measure : claim.scope()) {
        Long counted = draft.incident().numbers().get(measure.name());
        if (counted == null) {
          continue;
        }
        boolean isWrong =
            draft.incident().isExact()
                ? !measure.contains(counted)
                : measure.max().filter(most -> most < counted).isPresent();
        if (isWrong) {
          found.add(
              new Contradiction(
                  "claim " + claim.id(),
                  "it says %s, and the incident has %s%d"
                      .formatted(
                          measure.words(),
                          draft.incident().isExact() ? "" : "at least ",
                          counted)));
        }
        if (!draft.incident().isExact() && measure.max().isPresent()) {
          found.add(
              new Contradiction(
                  "claim " + claim.id(),
                  "it has an upper bound for %s, and the monitor says that something is not known"
                      .formatted(measure.name())));
        }
      }
    }
    return found;
  }

  private static List<Contradiction> inText(
      String where, String text, Draft draft, Set<String> otherDays) {
    List<Claim> claims = draft.claims().stream().map(ClaimVersion::claim).toList();
    List<Contradiction> found = new ArrayList<>();
    List<Claim> standing = claims.stream().filter(one -> one.state() != State.WITHDRAWN).toList();
    counts(text)
        .forEach(
            (name, number) -> {
              List<Measure> same =
                  standing.stream().flatMap(one -> measure(one, name).stream()).toList();
              if (!same.isEmpty() && same.stream().noneMatch(one -> one.contains(number))) {
                found.add(
                    new Contradiction(
                        where,
                        "it says %d %s, and the claims say %s"
                            .formatted(number, name, same.getFirst().words())));
              } else if (same.isEmpty() && draft.incident().numbers().containsKey(name)) {
                found.add(
                    new Contradiction(
                        where, "it says %d %s, and no claim does".formatted(number, name)));
              }
            });
    Matcher date = DATE.matcher(text);
    while (date.find()) {
      String day = date.group().substring(0, "2026-01-01".length());
      if (!otherDays.contains(day)
          && standing.stream().noneMatch(one -> one.text().contains(day))) {
        found.add(new Contradiction(where, "it says " + date.group() + ", and no claim does"));
      }
    }
    for (String sentence : SENTENCE.splitAsStream(text).toList()) {
      for (Claim claim : claims) {
        if (!speaksOf(sentence, claim)) {
          continue;
        }
        boolean isTold =
            switch (claim.state()) {
              case CONFIRMED -> true;
              case HYPOTHESIS, LEADING_HYPOTHESIS, UNKNOWN -> HEDGE.matcher(sentence).find();
              case WITHDRAWN -> RETRACTION.matcher(sentence).find();
            };
        if (!isTold) {
          found.add(
              new Contradiction(
                  where,
                  "it says as a fact what claim %s says as %s"
                      .formatted(claim.id(), claim.state().text())));
        }
      }
    }
    return found;
  }

  private static Optional<Measure> measure(Claim claim, String name) {
    return claim.scope().stream().filter(one -> one.name().equals(name)).findFirst();
  }

  private static Map<String, Long> counts(String text) {
    Map<String, Long> counts = new LinkedHashMap<>();
    Matcher matcher = COUNT.matcher(text);
    while (matcher.find()) {
      String digits = matcher.group(1).replace(",", "");
      if (digits.length() < Long.toString(Long.MAX_VALUE).length()) {
        counts.put(matcher.group(2).toLowerCase(Locale.ROOT), Long.parseLong(digits));
      }
    }
    return counts;
  }

  private static boolean speaksOf(String sentence, Claim claim) {
    Set<String> words = words(claim.text());
    if (words.size() < WORDS_MIN) {
      return false;
    }
    Set<String> said = words(sentence);
    return words.stream().filter(said::contains).count() >= SAME * words.size();
  }

  private static Set<String> words(String text) {
    return Stream.of(text.toLowerCase(Locale.ROOT).split("[^\\p{L}\\p{Nd}]+"))
        .filter(word -> word.length() >= WORD_MIN)
        .collect(Collectors.toSet());
  }
}
