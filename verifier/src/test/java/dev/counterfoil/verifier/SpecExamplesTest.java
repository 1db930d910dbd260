package dev.counterfoil.verifier;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.Base64Url;
import dev.counterfoil.format.Delegation;
import dev.counterfoil.format.JsonObject;
import dev.counterfoil.format.KeySet;
import dev.counterfoil.format.Leaf;
import dev.counterfoil.format.SignedStatement;
import dev.counterfoil.format.StrictJson;
import dev.counterfoil.format.TokenId;
import dev.counterfoil.format.TreeHasher;
import dev.counterfoil.format.TrustPolicy;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * The worked examples of {@code spec/token.md} and {@code spec/keys.md} are one small world; this
 * reads them from the pages and verifies the token. {@code -Dcounterfoil.examples.write=folder}
 * writes a new world for the pages.
 */
class SpecExamplesTest {
  private static final Instant NOW = Instant.parse("2026-11-25T12:00:00Z");
  private static final String ISSUER = "https://login.example/enterprise";

  private static String page(String name) throws IOException {
    return Files.readString(Path.of("..", "spec", name));
  }

  /** The first fenced block after a heading or a sentence. */
  private static String block(String page, String after) {
    Matcher matcher =
        Pattern.compile(Pattern.quote(after) + ".*?```[a-z]*\n(.*?)```", Pattern.DOTALL)
            .matcher(page);
    assertThat(matcher.find()).as(after).isTrue();
    return matcher.group(1);
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
  void theKeySetIsWhatThePageSays() throws Exception {
    String page = page("keys.md");
    TrustPolicy policy =
        TrustPolicy.parse(block(page, "The policy").getBytes(StandardCharsets.UTF_8));
    String jws = joined(block(page, "As it is served"));
    KeySet set = KeySet.verify(jws, policy, NOW);
    JsonObject shown = json(block(page, "What it says"));
    JsonObject said =
        SignedStatement.verify(
            KeySet.TYPE, jws, Delegation.verify(set.delegation(), policy.rootKey()).statementKey());
    for (String name : said.names()) {
      if (!name.equals("delegation")) {
        assertThat(shown.get(name)).as(name).isEqualTo(said.get(name));
      }
    }
    assertThat(SignedStatement.unverified(set.delegation()))
        .isEqualTo(json(block(page, "The delegation says")));
  }

  @Test
  void theTokenVerifiesUnderTheKeySet() throws Exception {
    String keys = page("keys.md");
    TrustPolicy policy =
        TrustPolicy.parse(block(keys, "The policy").getBytes(StandardCharsets.UTF_8));
    String token = joined(block(page("token.md"), "The token"));
    byte[] set = joined(block(keys, "As it is served")).getBytes(StandardCharsets.US_ASCII);
    byte[] checkpoint = block(page("token.md"), "The checkpoint").getBytes(StandardCharsets.UTF_8);
    Leaf leaf =
        Leaf.of(token.substring(0, token.lastIndexOf('.')).getBytes(StandardCharsets.US_ASCII));
    ReadSide pages =
        (uri, max) ->
            switch (uri.toString().substring(ISSUER.length())) {
              case "/counterfoil/keys" -> set;
              case "/logs/s1g1/checkpoint" -> checkpoint;
              case "/logs/s1g1/tile/0/000.p/1" -> leaf.hash(new TreeHasher()).bytes();
              default -> throw new FileNotFoundException(uri.toString());
            };
    try (Verifier verifier =
        Verifier.builder(policy).network(pages).clock(new SettableClock(NOW)).build()) {
      assertThat(verifier.verify(token, TokenCases.MAIL)).isInstanceOf(Verified.class);
    }
  }

  @Test
  void writesANewWorldWhenAsked() throws Exception {
    String folder = System.getProperty("counterfoil.examples.write");
    TestIssuer issuer = new TestIssuer("enterprise", ISSUER, new SettableClock(NOW));
    TestKeys.Es256 key = issuer.addKey();
    String token = issuer.issue(issuer.draft(key), key);
    issuer.revokeToken("s1g1", 17);
    issuer.publish();
    String jws = new String(issuer.page("/counterfoil/keys"), StandardCharsets.US_ASCII);
    assertThat(KeySet.verify(jws, issuer.policy(), NOW).version()).isEqualTo(1);
    if (folder != null) {
      Path path = Files.createDirectories(Path.of(folder));
      Files.writeString(path.resolve("token"), token);
      Files.writeString(path.resolve("keys"), jws);
      Files.writeString(path.resolve("policy"), issuer.policy().text());
      Files.write(path.resolve("checkpoint"), issuer.page("/logs/s1g1/checkpoint"));
    }
  }
}
