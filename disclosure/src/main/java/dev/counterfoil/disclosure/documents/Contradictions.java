package dev.counterfoil.disclosure.documents;

import dev.counterfoil.disclosure.Claim;
import dev.counterfoil.disclosure.Claim.State;
import dev.counterfoil.disclosure.Measure;
import dev.counterfoil.disclosure.record.ClaimVersion;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
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
  /** A number, what is counted, and what else that may be: "30 affected tenants". */
  private static final Pattern COUNT =
      Pattern.compile(
          "\\b(\\d{1,3}(?:,\\d{3})+|\\d+)\\s+(?:of\\s+(?:our|the|these|those|all)\\s+)?"
              + "([a-z][a-z-]+)(?:\\s+([a-z][a-z-]+))?",
          Pattern.CASE_INSENSITIVE);

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
    List<String> names = List.copyOf(draft.texts().keySet());
    for (int i = 0; i < names.size(); i++) {
      String text = draft.text(names.get(i));
      found.addAll(withClaims("text " + names.get(i), text, draft));
      for (String other : names.subList(i + 1, names.size())) {
        found.addAll(apart("text " + names.get(i), text, other, draft));
      }
    }
    return found;
  }

  /** What another document, such as a press release, says against the claims and the texts. */
  public static List<Contradiction> inDocument(String name, String text, Draft draft) {
    List<Contradiction> found = new ArrayList<>(withClaims(name, text, draft));
    draft.texts().keySet().forEach(other -> found.addAll(apart(name, text, other, draft)));
    return found;
  }

  /** Numbers of which the claims allow both, though only one can be. */
  private static List<Contradiction> apart(String where, String text, String other, Draft draft) {
    List<Contradiction> found = new ArrayList<>();
    for (String name : counted(draft)) {
      Set<Long> here = numbers(text, name, draft);
      Set<Long> there = numbers(draft.text(other), name, draft);
      if (!here.isEmpty() && !there.isEmpty() && Collections.disjoint(here, there)) {
        found.add(
            new Contradiction(
                where,
                "it says %d %s, and text %s says %d"
                    .formatted(here.iterator().next(), name, other, there.iterator().next())));
      }
    }
    return found;
  }

  private static Set<Long> numbers(String text, String name, Draft draft) {
    return counts(text, counted(draft)).stream()
        .filter(one -> one.name().equals(name))
        .map(Count::number)
        .collect(Collectors.toCollection(LinkedHashSet::new));
  }

  private static Set<String> counted(Draft draft) {
    Set<String> names = new TreeSet<>(draft.incident().numbers().keySet());
    draft.claims().stream()
        .flatMap(one -> one.claim().scope().stream())
        .forEach(one -> names.add(one.name()));
    return names;
  }

  private static List<Contradiction> withClaims(String name, String text, Draft draft) {
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
      Set<String> scoped =
          one.scope().stream().map(Measure::name).collect(Collectors.toUnmodifiableSet());
      for (Count count : counts(one.text(), scoped)) {
        measure(one, count.name())
            .filter(bounds -> !bounds.contains(count.number()))
            .ifPresent(
                bounds ->
                    found.add(
                        new Contradiction(
                            "claim " + one.id(),
                            "its words say %d %s, and its scope says %s"
                                .formatted(count.number(), count.name(), bounds.words()))));
      }
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
    for (Count count : counts(text, counted(draft))) {
      List<Measure> same =
          standing.stream().flatMap(one -> measure(one, count.name()).stream()).toList();
      if (!same.isEmpty() && same.stream().noneMatch(one -> one.contains(count.number()))) {
        found.add(
            new Contradiction(
                where,
                "it says %d %s, and the claims say %s"
                    .formatted(count.number(), count.name(), same.getFirst().words())));
      } else if (same.isEmpty() && draft.incident().numbers().containsKey(count.name())) {
        found.add(
            new Contradiction(
                where, "it says %d %s, and no claim does".formatted(count.number(), count.name())));
      }
    }
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

  private record Count(String name, long number) {}

  /** Every number that a text says of one of these names. */
  private static List<Count> counts(String text, Set<String> names) {
    List<Count> counts = new ArrayList<>();
    Matcher matcher = COUNT.matcher(text);
    while (matcher.find()) {
      String digits = matcher.group(1).replace(",", "");
      Stream.of(matcher.group(2), Objects.toString(matcher.group(3), ""))
          .map(word -> word.toLowerCase(Locale.ROOT))
          .filter(names::contains)
          .filter(_ -> digits.length() < Long.toString(Long.MAX_VALUE).length())
          .findFirst()
          .ifPresent(name -> counts.add(new Count(name, Long.parseLong(digits))));
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
