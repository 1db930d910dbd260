package dev.counterfoil.signer.privatekeys;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.bytes.Base64Url;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.keys.TokenId;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.tree.TreeHasher;
import dev.counterfoil.log.record.Counterfoil;
import dev.counterfoil.signer.TestDomain;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Request;
import dev.counterfoil.signerprotocol.SignerClient;
import dev.counterfoil.signerprotocol.SignerUnavailableException;
import java.nio.charset.StandardCharsets;
import java.security.Signature;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
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

      Counterfoil record = Counterfoil.parse(records.payloads().getFirst());
      assertThat(records.count()).isEqualTo(1);
      assertThat(record.position()).isEqualTo(issued.position()).isZero();
      assertThat(new String(record.signingInput(), StandardCharsets.US_ASCII))
          .isEqualTo(parts[0] + "." + parts[1]);
      TokenId id = TokenId.parse(claims.string("jti"));
      assertThat(id.log()).isEqualTo("s1g1");
      assertThat(id.position()).isZero();
      assertThat(id.commitment()).isEqualTo(TokenId.commitment(record.salt(), record.context()));
      assertThat(StrictJson.object(record.context(), 4096).canonicalBytes())
          .isEqualTo(record.context());
      // The head is signed for just what was given, so that a custodian can cosign it at once.
      Checkpoint head = Checkpoint.verify(records.head(), set.log("s1g1").orElseThrow().key());
      assertThat(head.size()).isEqualTo(1);
      assertThat(head.root()).isEqualTo(record.leaf().hash(new TreeHasher()));
      assertThat(set.log("s1g1")).isPresent();
      assertThat(List.of(key.activeFrom(), key.activeUntil())).isSorted();
    }
  }

  @Test
  void whoWaitsForRecordsIsAnsweredWhenThereAreSomeAndNobodyElseIsHeldUp() throws Exception {
    try (TestDomain domain = new TestDomain()) {
      domain.startAll();
      try (SignerClient client = domain.signer()) {
        domain.await("a connection", client::isConnected);
        Request.ReadRecords wait =
            new Request.ReadRecords("s1g1", 0, 10, Request.ReadRecords.WAIT_MILLIS_MAX);
        CompletableFuture<Answer> waiting = new CompletableFuture<>();
        Thread.ofVirtual()
            .start(
                () -> {
                  try {
                    waiting.complete(client.ask(wait, Duration.ofSeconds(60)));
                  } catch (SignerUnavailableException | InterruptedException e) {
                    waiting.completeExceptionally(e);
                  }
                });
        assertThat(client.ask(new Request.ReadRecords("s1g1", 0, 10), TestDomain.TIMEOUT))
            .isEqualTo(new Answer.Records(0, new byte[0], new byte[0]));
        assertThat(client.ask(new Request.ReadRecords("s9g9", 0, 10), TestDomain.TIMEOUT))
            .isInstanceOf(Answer.Refused.class);
        assertThat(client.ask(TestDomain.request(), TestDomain.TIMEOUT))
            .isInstanceOf(Answer.Issued.class);
        assertThat(((Answer.Records) waiting.get()).count()).isEqualTo(1);
      }
    }
  }
}
