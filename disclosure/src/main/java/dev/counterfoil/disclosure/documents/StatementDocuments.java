package dev.counterfoil.disclosure.documents;

import dev.counterfoil.disclosure.Claim;
import dev.counterfoil.disclosure.Correction;
import dev.counterfoil.disclosure.Measure;
import dev.counterfoil.disclosure.ShownText;
import dev.counterfoil.disclosure.VictimCounts;
import dev.counterfoil.disclosure.clocks.ClockRule;
import dev.counterfoil.disclosure.clocks.ClockStage;
import dev.counterfoil.disclosure.clocks.RunningClocks.DueStage;
import dev.counterfoil.disclosure.record.ClaimVersion;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** The documents of a draft. Pure: the same draft makes the same bytes. */
public final class StatementDocuments {
  static final List<Claim.State> ORDER =
      List.of(
          Claim.State.CONFIRMED,
          Claim.State.LEADING_HYPOTHESIS,
          Claim.State.HYPOTHESIS,
          Claim.State.UNKNOWN,
          Claim.State.WITHDRAWN);

  private StatementDocuments() {}

  /**
   * Where a version stands.
   *
   * @param domain who speaks
   * @param at when it was published
   * @param checkCode of the signed statement
   * @param staleSince when a later version replaced it
   * @param now when this page is written
   */
  public record Standing(
      String domain, Instant at, String checkCode, Optional<Instant> staleSince, Instant now) {}

  /** What a state is called before readers. */
  public static String name(Claim.State state) {
    return switch (state) {
      case CONFIRMED -> "What we know";
      case LEADING_HYPOTHESIS -> "What we think most likely, not confirmed";
      case HYPOTHESIS -> "What may be, not confirmed";
      case UNKNOWN -> "What we do not know";
      case WITHDRAWN -> "What we took back";
    };
  }

  /** The public page as plain text. */
  public static String text(Draft draft, Standing standing) {
    StringBuilder out = new StringBuilder();
    stale(draft, standing).ifPresent(line -> out.append("!! ").append(line).append("\n\n"));
    out.append(ShownText.line(draft.text(Draft.HEADLINE))).append('\n');
    out.append(head(draft, standing)).append("\n\n");
    out.append(ShownText.line(draft.text(Draft.SUMMARY))).append("\n\n");
    out.append("Affected: ").append(affected(draft.counts())).append("\n");
    namedOnly(draft).ifPresent(line -> out.append(line).append('\n'));
    for (Claim.State state : ORDER) {
      List<Claim> claims = draft.in(state);
      if (!claims.isEmpty()) {
        out.append('\n').append(name(state)).append('\n');
        claims.forEach(claim -> out.append(claimText(claim, standing.now())));
      }
    }
    if (!draft.corrections().isEmpty()) {
      out.append("\nCorrections\n");
      draft.corrections().forEach(one -> out.append(correctionText(one)));
    }
    out.append("\nWhat to do now\n  ").append(ShownText.line(draft.text(Draft.ADVICE)));
    out.append("\n\nThe next word comes by ").append(ShownText.line(draft.text(Draft.NEXT_WORD)));
    return out.append('\n').toString();
  }

  private static Optional<String> stale(Draft draft, Standing standing) {
    return standing
        .staleSince()
        .map(
            since ->
                "This is version %d. It is out of date since %s: read the latest version."
                    .formatted(draft.version(), since));
  }

  private static String head(Draft draft, Standing standing) {
    return "Incident %s, version %d, %s, domain %s, check code %s"
        .formatted(
            ShownText.line(draft.incident().id()),
            draft.version(),
            standing.at(),
            ShownText.line(standing.domain()),
            standing.checkCode());
  }

  /** How many, and whether that is all. */
  public static String affected(VictimCounts counts) {
    return "%s%d tenants, %d people, %d items"
        .formatted(
            counts.exact() ? "" : "at least ", counts.tenants(), counts.people(), counts.items());
  }

  /** Accounts that are not affected as far as is known; the number is a forger's choice. */
  private static Optional<String> namedOnly(Draft draft) {
    long named = draft.incident().namedOnly();
    return named == 0
        ? Optional.empty()
        : Optional.of(
            ("Not counted: forged tokens named %d other accounts of tenants that we serve. No service"
                    + " reported that it accepted one of these tokens.")
                .formatted(named));
  }

  private static String claimText(Claim claim, Instant now) {
    StringBuilder out = new StringBuilder("  ");
    out.append(ShownText.line(claim.id())).append(": ").append(ShownText.line(claim.text()));
    out.append('\n');
    if (!claim.scope().isEmpty()) {
      out.append("    numbers: ").append(scope(claim)).append('\n');
    }
    claim
        .evidence()
        .forEach(item -> out.append("    evidence: ").append(ShownText.line(item)).append('\n'));
    if (!claim.reason().isEmpty()) {
      out.append("    ").append(reason(claim.state())).append(": ");
      out.append(ShownText.line(claim.reason())).append('\n');
    }
    review(claim, now).ifPresent(line -> out.append("    ").append(line).append('\n'));
    return out.toString();
  }

  private static String scope(Claim claim) {
    return claim.scope().stream().map(Measure::words).collect(Collectors.joining(", "));
  }

  static String reason(Claim.State state) {
    return switch (state) {
      case CONFIRMED -> "note";
      case LEADING_HYPOTHESIS, HYPOTHESIS -> "what would decide it";
      case UNKNOWN -> "what is done to find out";
      case WITHDRAWN -> "why it was taken back";
    };
  }

  private static Optional<String> review(Claim claim, Instant now) {
    return claim
        .reviewBy()
        .map(day -> claim.isOverdue(now) ? "REVIEW OVERDUE since " + day : "reviewed by " + day);
  }

  private static String correctionText(Correction one) {
    return """
      %s was wrong: %s
        published %s; found %s: %s
        why it was believed: %s
        what prevents the like: %s
    """
        .formatted(
            ShownText.line(one.claim()),
            ShownText.line(one.wrong()),
            one.since(),
            one.foundAt(),
            ShownText.line(one.foundHow()),
            ShownText.line(one.believedBecause()),
            ShownText.line(one.prevention()));
  }

  /** The public page as HTML. Names and texts are isolated, so that none turns its neighbours. */
  public static String html(Draft draft, Standing standing) {
    StringBuilder out = new StringBuilder();
    out.append("<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n");
    out.append("<meta name=\"viewport\" content=\"width=device-width\">\n");
    out.append("<title>").append(ShownText.html(draft.text(Draft.HEADLINE))).append("</title>\n");
    out.append("<main>\n");
    stale(draft, standing)
        .ifPresent(
            line ->
                out.append("<p role=\"alert\"><strong>")
                    .append(ShownText.html(line))
                    .append("</strong> <a href=\"../../index.html\">Latest version</a></p>\n"));
    out.append("<h1>").append(bdi(draft.text(Draft.HEADLINE))).append("</h1>\n");
    paragraph(out, head(draft, standing));
    paragraph(out, draft.text(Draft.SUMMARY));
    paragraph(out, "Affected: " + affected(draft.counts()));
    namedOnly(draft).ifPresent(line -> paragraph(out, line));
    for (Claim.State state : ORDER) {
      List<Claim> claims = draft.in(state);
      if (claims.isEmpty()) {
        continue;
      }
      out.append("<section class=\"").append(state.text()).append("\">\n<h2>");
      out.append(name(state)).append("</h2>\n<ul>\n");
      for (Claim claim : claims) {
        boolean isWithdrawn = state == Claim.State.WITHDRAWN;
        out.append("<li id=\"").append(ShownText.html(claim.id())).append("\">");
        out.append(bdi(claim.id())).append(": ").append(isWithdrawn ? "<del>" : "");
        out.append(bdi(claim.text())).append(isWithdrawn ? "</del>" : "").append("<dl>");
        if (!claim.scope().isEmpty()) {
          term(out, "numbers", scope(claim));
        }
        claim.evidence().forEach(item -> term(out, "evidence", item));
        if (!claim.reason().isEmpty()) {
          term(out, reason(state), claim.reason());
        }
        review(claim, standing.now()).ifPresent(line -> term(out, "review", line));
        out.append("</dl></li>\n");
      }
      out.append("</ul>\n</section>\n");
    }
    if (!draft.corrections().isEmpty()) {
      out.append("<section class=\"corrections\">\n<h2>Corrections</h2>\n");
      for (Correction one : draft.corrections()) {
        out.append("<dl>");
        term(out, "claim", one.claim());
        term(out, "what was wrong", one.wrong());
        term(out, "published", one.since().toString());
        term(out, "found", one.foundAt() + ": " + one.foundHow());
        term(out, "why it was believed", one.believedBecause());
        term(out, "what prevents the like", one.prevention());
        out.append("</dl>\n");
      }
      out.append("</section>\n");
    }
    out.append("<h2>What to do now</h2>\n");
    paragraph(out, draft.text(Draft.ADVICE));
    paragraph(out, "The next word comes by " + draft.text(Draft.NEXT_WORD));
    out.append("<p>Signed: <a href=\"statement.json\">statement.json</a>, which");
    out.append(" <code>counterfoil statement verify</code> checks offline.</p>\n</main>\n");
    return out.append("</html>\n").toString();
  }

  private static String bdi(String text) {
    return "<bdi>" + ShownText.html(text) + "</bdi>";
  }

  private static void paragraph(StringBuilder out, String text) {
    out.append("<p>").append(bdi(text)).append("</p>\n");
  }

  private static void term(StringBuilder out, String name, String value) {
    out.append("<dt>").append(name).append("</dt><dd>").append(bdi(value)).append("</dd>");
  }

  /** For the operator's own people: also who wrote what, and which clocks run. */
  public static String brief(Draft draft, List<DueStage> clocks) {
    StringBuilder out = new StringBuilder("INTERNAL, not for publication\n");
    out.append("Incident ").append(ShownText.line(draft.incident().id())).append(", ");
    out.append(ShownText.line(draft.incident().severity())).append(", draft of version ");
    out.append(draft.version()).append("\nAffected: ");
    out.append(affected(draft.counts())).append('\n');
    namedOnly(draft).ifPresent(line -> out.append(line).append('\n'));
    out.append("\nClaims\n");
    for (ClaimVersion one : draft.claims()) {
      out.append("  [").append(one.claim().state().text()).append("] ");
      out.append(ShownText.line(one.claim().id())).append(" v").append(one.version());
      out.append(" by ").append(ShownText.line(one.author())).append(": ");
      out.append(ShownText.line(one.claim().text())).append('\n');
    }
    out.append("\nNot known, by the monitor\n");
    draft
        .incident()
        .notKnown()
        .forEach(line -> out.append("  ").append(ShownText.line(line)).append('\n'));
    out.append("\nDue\n");
    for (DueStage due : clocks) {
      out.append("  ").append(due.due()).append("  ").append(due.rule()).append(' ');
      out.append(due.stage()).append(" to ").append(ShownText.line(due.to())).append('\n');
    }
    return out.toString();
  }

  /**
   * What a regulator's form asks for, as CSV: the field, what to enter, and where it is missing.
   */
  public static String form(ClockRule rule, ClockStage stage, Draft draft) {
    StringBuilder out = new StringBuilder("\"field\",\"value\"\n");
    row(out, "rule", rule.title() + " (" + rule.source() + ")");
    row(out, "stage", stage.id());
    row(out, "to", stage.to());
    row(out, "affected", affected(draft.counts()));
    namedOnly(draft).ifPresent(line -> row(out, "named by forged tokens only", line));
    row(out, "first seen", draft.incident().first().toString());
    row(out, "last seen", draft.incident().last().toString());
    for (String field : stage.fields()) {
      String value = draft.text(field);
      row(out, field, value.isBlank() ? "MISSING" : value);
    }
    for (ClaimVersion one : draft.claims()) {
      row(out, one.claim().id() + " " + one.claim().state().text(), one.claim().text());
    }
    return out.toString();
  }

  private static void row(StringBuilder out, String name, String value) {
    out.append(ShownText.cell(name)).append(',').append(ShownText.cell(value)).append('\n');
  }
}
