package dev.counterfoil.signer.issuing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.bytes.Base64Url;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.format.keys.TokenId;
import dev.counterfoil.signer.rotation.TestKeys;
import dev.counterfoil.signer.rotation.TokenKey;
import dev.counterfoil.signerprotocol.IssueRequest;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A security event as a signer composes it (RFC 8417 2.2). */
class SecurityEventDraftTest {
  private final TokenKey key = TestKeys.key(1, TestKeys.T0, TestKeys.T0.plusSeconds(86_400));

  private JsonObject claims(String type, String subject, JsonObject more) throws Exception {
    IssueRequest request =
        new IssueRequest(
            type,
            "acme",
            subject,
            "siem",
            List.of("https://login.example/ssf/streams/s"),
            "",
            60,
            null,
            more,
            new IssueRequest.Ground("security_event", "e"),
            "local",
            0);
    TokenDraft draft =
        TokenDraft.compose(request, key, 1_000, 1_060, new byte[TokenId.SALT_BYTES], true);
    String input = new String(draft.signingInput(7), StandardCharsets.US_ASCII);
    assertThat(input.length()).isLessThanOrEqualTo(draft.signingInputBytesMax());
    return StrictJson.object(Base64Url.decode(input.split("\\.", -1)[1]), 4096);
  }

  @Test
  void itHasNeitherSubjectNorEnd() throws Exception {
    JsonObject event =
        JsonObject.builder()
            .put("sub_id", JsonObject.builder().put("format", "opaque").put("id", "a").build())
            .put("txn", "e")
            .put(
                "events",
                JsonObject.builder().put("https://e.example", JsonObject.builder().build()).build())
            .build();
    JsonObject claims = claims("secevent+jwt", "", event);
    assertThat(claims.names())
        .containsExactly("iss", "aud", "iat", "tenant", "sub_id", "txn", "events", "jti");
    assertThat(claims.number("iat")).isEqualTo(1_000);
    assertThat(claims.string("aud")).isEqualTo("https://login.example/ssf/streams/s");
    assertThat(TokenId.parse(claims.string("jti")).position()).isEqualTo(7);
    // Every other token has them.
    assertThat(claims("at+jwt", "alice", JsonObject.builder().build()).names())
        .contains("sub", "exp", "client_id");
  }
}
