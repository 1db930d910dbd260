package dev.counterfoil.verifier;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.bytes.Base64Url;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.format.keylog.EntryBundle;
import dev.counterfoil.format.keylog.KeyLog;
import dev.counterfoil.format.keylog.KeyLogHead;
import dev.counterfoil.format.keylog.KeyLogState;
import dev.counterfoil.format.keys.TokenId;
import dev.counterfoil.format.note.SignedStatement;
import dev.counterfoil.format.policy.TrustPolicy;
import dev.counterfoil.format.tree.Leaf;
import dev.counterfoil.format.tree.MerkleFrontier;
import dev.counterfoil.format.tree.TreeHasher;
import dev.counterfoil.verifier.reading.ReadSide;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * The worked examples of {@code spec/token.md}, {@code spec/keys.md} and {@code spec/keylog.md} are
 * one small world; this reads them from the pages and verifies the token. {@code
 * -Dcounterfoil.examples.write=true} writes a new world into the pages.
 */
class SpecExamplesTest {
  private static final Instant NOW = Instant.parse("2026-11-25T12:00:00Z");
  private static final String ISSUER = "https://login.example/enterprise";
  private static final int ENTRIES = 5;

  private static String page(String name) throws IOException {
    return new SpecPage(name).text();
  }

  private static String block(String page, String after) {
    return SpecPage.block(page, after);
  }

  /** A JWS that is broken over lines for the page. */
  private static String joined(String block) {
    return block.replaceAll("\\s", "");
  }

  private static JsonObject json(String block) throws Exception {
    return StrictJson.object(block.getBytes(StandardCharsets.UTF_8), 100_000);
  }

  @Test
  void theTokenIsWhatThePageSays() throws Exception {
    String page = page("token.md");
    List<String> parts = List.of(joined(block(page, "The token")).split("\\.", -1));
    assertThat(parts).hasSize(3);
    assertThat(StrictJson.object(Base64Url.decode(parts.get(0)), 1000))
        .isEqualTo(json(block(page, "Its header")));
    JsonObject claims = StrictJson.object(Base64Url.decode(parts.get(1)), 4000);
    assertThat(claims).isEqualTo(json(block(page, "Its claims")));
    assertThat(TokenId.parse(claims.string("jti")).position()).isEqualTo(0);
    Leaf leaf = Leaf.of((parts.get(0) + "." + parts.get(1)).getBytes(StandardCharsets.US_ASCII));
    assertThat(block(page, "Its digest").strip()).isEqualTo(leaf.digest().hex());
    assertThat(block(page, "Its leaf hash").strip()).isEqualTo(leaf.hash(new TreeHasher()).hex());
  }

  @Test
  void theStapledProofIsWhatThePageSays() throws Exception {
    String page = page("stapled.md");
    String value = joined(block(page, "The header's value"));
    byte[] shown = block(page, "The proof, of").getBytes(StandardCharsets.UTF_8);
    assertThat(Base64Url.decode(value)).isEqualTo(shown);
    assertThat(StapledProof.parse(value).bytes()).isEqualTo(shown);
    assertThat(StapledProof.of(shown)).isEqualTo(value);
    assertThat(Files.readString(Path.of("..", "vectors", "proofs", "proved-cosigned.txt")))
        .endsWith("--- proof\n" + new String(shown, StandardCharsets.UTF_8));
    assertThat(page).contains(StapledProof.HEADER, "16,384");
  }

  private static List<byte[]> entries() throws IOException {
    String page = page("keylog.md");
    List<byte[]> entries = new ArrayList<>();
    for (int i = 0; i < ENTRIES; i++) {
      entries.add(joined(block(page, "Entry " + i + " ")).getBytes(StandardCharsets.US_ASCII));
    }
    return entries;
  }

  private static TrustPolicy policy() throws Exception {
    return TrustPolicy.parse(block(page("keys.md"), "The policy").getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void theKeyLogIsWhatThePageSays() throws Exception {
    String page = page("keylog.md");
    TrustPolicy policy = policy();
    KeyLogHead head =
        KeyLogHead.verify(
            block(page, "The head").getBytes(StandardCharsets.UTF_8),
            KeyLog.pinnedBy(policy).orElseThrow());
    assertThat(head.at()).isEqualTo(NOW);
    assertThat(head.checkpoint().size()).isEqualTo(ENTRIES);
    KeyLogState state = KeyLogState.under(policy);
    MerkleFrontier frontier = new MerkleFrontier();
    for (byte[] entry : entries()) {
      state.apply(entry);
      frontier.append(new TreeHasher().leaf(entry));
    }
    assertThat(frontier.root()).isEqualTo(head.checkpoint().root());
    assertThat(state.revokedToken("s1g1", 17)).isPresent();
    assertThat(SignedStatement.unverified(new String(entries().get(3), StandardCharsets.US_ASCII)))
        .isEqualTo(json(block(page, "Entry 3 says")));
    assertThat(state.root().current().orElseThrow().toJson())
        .isEqualTo(json(block(page("keys.md"), "The root says")));
    assertThat(state.delegation(NOW).orElseThrow().toJson())
        .isEqualTo(json(block(page("keys.md"), "The delegation says")));
    assertThat(state.trustedKeys()).hasSize(1);
    assertThat(state.trustedKeys().get(0).toJson())
        .isEqualTo(json(block(page("keys.md"), "The statement says")));
  }

  @Test
  void theTokenVerifiesUnderTheKeyLog() throws Exception {
    String token = joined(block(page("token.md"), "The token"));
    byte[] head = block(page("keylog.md"), "The head").getBytes(StandardCharsets.UTF_8);
    byte[] bundle = EntryBundle.of(entries());
    byte[] checkpoint = block(page("token.md"), "The checkpoint").getBytes(StandardCharsets.UTF_8);
    Leaf leaf =
        Leaf.of(token.substring(0, token.lastIndexOf('.')).getBytes(StandardCharsets.US_ASCII));
    ReadSide pages =
        (uri, max) ->
            switch (uri.toString().substring(ISSUER.length())) {
              case "/logs/keys/checkpoint" -> head;
              case "/logs/keys/tile/entries/000.p/5" -> bundle;
              case "/logs/s1g1/checkpoint" -> checkpoint;
              case "/logs/s1g1/tile/0/000.p/1" -> leaf.hash(new TreeHasher()).bytes();
              default -> throw new FileNotFoundException(uri.toString());
            };
    try (Verifier verifier =
        Verifier.builder(policy()).network(pages).clock(new SettableClock(NOW)).build()) {
      assertThat(verifier.verify(token, TokenCases.MAIL)).isInstanceOf(Verified.class);
    }
  }

  @Test
  void writesANewWorldIntoThePagesWhenAsked() throws Exception {
    TestIssuer issuer = TestIssuer.seeded("spec", "enterprise", ISSUER, new SettableClock(NOW));
    TestKeys.Es256 key = issuer.addKey();
    String token = issuer.issue(issuer.draft(key), key);
    issuer.revokeToken("s1g1", 17);
    issuer.publish();
    assertThat(issuer.keyLog().size()).isEqualTo(ENTRIES);
    if (!Boolean.getBoolean("counterfoil.examples.write")) {
      return;
    }
    String[] parts = token.split("\\.", -1);
    Leaf leaf = Leaf.of((parts[0] + "." + parts[1]).getBytes(StandardCharsets.US_ASCII));
    new SpecPage("token.md")
        .put("The token", SpecPage.folded(token))
        .put("Its header", SpecPage.indented(StrictJson.object(Base64Url.decode(parts[0]), 1000)))
        .put("Its claims", SpecPage.indented(StrictJson.object(Base64Url.decode(parts[1]), 4000)))
        .put("Its digest", leaf.digest().hex())
        .put("Its leaf hash", leaf.hash(new TreeHasher()).hex())
        .put("The checkpoint", text(issuer.page("/logs/s1g1/checkpoint")))
        .write();
    KeyLogState state = KeyLogState.under(issuer.policy());
    SpecPage keyLog = new SpecPage("keylog.md");
    for (int i = 0; i < ENTRIES; i++) {
      byte[] entry = issuer.keyLog().entries().get(i);
      state.apply(entry);
      keyLog.put("Entry " + i + " ", SpecPage.folded(text(entry)));
    }
    keyLog
        .put("The head", text(issuer.page("/logs/keys/checkpoint")))
        .put(
            "Entry 3 says",
            SpecPage.indented(SignedStatement.unverified(text(issuer.keyLog().entries().get(3)))))
        .write();
    new SpecPage("keys.md")
        .put("The policy", issuer.policy().text())
        .put("The root says", SpecPage.indented(state.root().current().orElseThrow().toJson()))
        .put("The delegation says", SpecPage.indented(state.delegation(NOW).orElseThrow().toJson()))
        .put("The statement says", SpecPage.indented(state.trustedKeys().get(0).toJson()))
        .write();
  }

  private static String text(byte[] ascii) {
    return new String(ascii, StandardCharsets.UTF_8);
  }
}
