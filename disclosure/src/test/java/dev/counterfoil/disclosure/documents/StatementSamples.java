package dev.counterfoil.disclosure.documents;

import dev.counterfoil.disclosure.Claim;
import dev.counterfoil.disclosure.Claim.State;
import dev.counterfoil.disclosure.Correction;
import dev.counterfoil.disclosure.Measure;
import dev.counterfoil.disclosure.PublicStatement;
import dev.counterfoil.disclosure.TestIssuer;
import dev.counterfoil.disclosure.VictimCounts;
import dev.counterfoil.disclosure.advisories.CsafDocument;
import dev.counterfoil.disclosure.advisories.CsafSamples;
import dev.counterfoil.disclosure.advisories.TlpLabel;
import dev.counterfoil.format.bytes.Hash;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** A statement whose cause proves wrong in its second version, and the advisories of both. */
public final class StatementSamples {
  private static final Instant NOW = TestIssuer.NOW;
  private static final Claim KNOWN =
      new Claim(
          "C1",
          State.CONFIRMED,
          "A signing key was used outside its signer.",
          List.of("finding 17"),
          "",
          List.of(Measure.of("tenants=22..25")),
          Optional.empty());
  private static final Claim GUESS =
      Claim.hypothesis("C2", "The key left the signer in a crash dump.", "a dump with it");

  private StatementSamples() {}

  /** One version, the first or the second. */
  public static PublicStatement version(int version) {
    boolean isFirst = version == 1;
    return new PublicStatement(
        "7",
        "consumer",
        version,
        isFirst ? Optional.empty() : Optional.of(hash("1")),
        NOW,
        List.of(KNOWN, isFirst ? GUESS : GUESS.withdrawn("No dump was written.")),
        isFirst
            ? List.of()
            : List.of(
                new Correction(
                    "C2",
                    "The key did not leave in a dump.",
                    NOW,
                    NOW.plusSeconds(60),
                    "We read every dump.",
                    "A crash came before the theft.",
                    "A cause is published with its evidence alone.")),
        Optional.of(new VictimCounts(22, 300, 4000, false, hash("counts"))),
        new TreeMap<>(
            Map.of(
                Draft.HEADLINE, "A signing key was stolen",
                Draft.SUMMARY, "Tokens were forged \u202efor <b>accounts</b> of 22 tenants.",
                Draft.ADVICE, "Treat the mailboxes named in your notice as read.",
                Draft.NEXT_WORD, "2026-12-01T09:00:00Z")));
  }

  private static Hash hash(String text) {
    return Hash.sha256(text.getBytes(StandardCharsets.UTF_8));
  }

  /** The advisory of the first version, or the one that follows it for the second. */
  public static byte[] advisory(int version) throws Exception {
    byte[] first =
        StatementAdvisory.first(
            version(1), "CF-2026-0007", CsafSamples.PROVIDER, TlpLabel.WHITE, NOW);
    return version == 1
        ? first
        : StatementAdvisory.next(CsafDocument.parse(first), version(2), NOW.plusSeconds(120));
  }
}
