package dev.counterfoil.signer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.Base64Url;
import dev.counterfoil.format.Hash;
import dev.counterfoil.format.JsonObject;
import dev.counterfoil.format.KeySet;
import dev.counterfoil.format.KeyStatement;
import dev.counterfoil.format.StrictJson;
import dev.counterfoil.format.TokenId;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Request;
import dev.counterfoil.signerprotocol.SignerClient;
import java.nio.charset.StandardCharsets;
import java.security.Signature;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Both roles as real processes. */
class IssuingProcessTest {
  @Test
  void aTokenIsRecordedAndSignedAndItsKeyIsStated() throws Exception {
    try (TestDomain domain = new TestDomain()) {
      domain.startAll();
      Answer.Issued issued;
      Answer.Records records;
      try (SignerClient client = domain.signer()) {
        domain.await("a connection", client::isConnected);
        issued = (Answer.Issued) client.ask(TestDomain.request(), TestDomain.TIMEOUT);
        records =
            (Answer.Records) client.ask(new Request.ReadRecords("s1g1", 0, 10), TestDomain.TIMEOUT);
      }

      String[] parts = issued.token().split("\\.", -1);
      JsonObject header = StrictJson.object(Base64Url.decode(parts[0]), 4096);
      JsonObject claims = StrictJson.object(Base64Url.decode(parts[1]), 4096);
      KeySet set = domain.keySet();
      KeyStatement key = set.key(header.string("kid")).orElseThrow();
      Signature verifier = Signature.getInstance("SHA256withECDSAinP1363Format");
      verifier.initVerify(key.jwk().javaKey());
      verifier.update((parts[0] + "." + parts[1]).getBytes(StandardCharsets.US_ASCII));
      byte[] signature = Base64Url.decode(parts[2]);
      assertThat(verifier.verify(signature)).isTrue();
      assertThat(LowS.isAboveHalf(signature)).isFalse();
      assertThat(header.names()).containsExactly("alg", "kid", "typ");
      assertThat(claims.string("iss")).isEqualTo(TestDomain.ISSUER);
      assertThat(claims.string("tenant")).isEqualTo("acme");
      assertThat(claims.string("aud")).isEqualTo("mail");
      assertThat(claims.number("exp") - claims.number("iat")).isEqualTo(300);

      Answer.Counterfoil record = records.records().getFirst();
      assertThat(records.records()).hasSize(1);
      assertThat(record.position()).isEqualTo(issued.position()).isZero();
      assertThat(record.signingInput()).isEqualTo(parts[0] + "." + parts[1]);
      TokenId id = TokenId.parse(claims.string("jti"));
      assertThat(id.log()).isEqualTo("s1g1");
      assertThat(id.position()).isZero();
      byte[] context = record.context().getBytes(StandardCharsets.UTF_8);
      Hash commitment = TokenId.commitment(Base64Url.decode(record.salt()), context);
      assertThat(id.commitment()).isEqualTo(commitment);
      assertThat(StrictJson.object(context, 4096).canonical()).isEqualTo(record.context());
      assertThat(set.log("s1g1")).isPresent();
      assertThat(List.of(key.activeFrom(), key.activeUntil())).isSorted();
    }
  }
}
