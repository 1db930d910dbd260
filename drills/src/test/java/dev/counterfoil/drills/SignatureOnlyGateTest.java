package dev.counterfoil.drills;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import org.junit.jupiter.api.Test;

class SignatureOnlyGateTest {
  @Test
  void believesEveryKeyOfTheSetAboutEverybodyAndNoOtherKey() throws Exception {
    var trusted = new TestTokens();
    var stranger = new TestTokens();
    var key =
        JWK.parse(
            trusted
                .publicKey()
                .jwk()
                .replace("{", "{\"kid\":\"" + trusted.publicKey().kid() + "\","));
    var gate = new SignatureOnlyGate(new JWKSet(key));
    assertThat(gate.decide(trusted.of("anybody")))
        .isInstanceOfSatisfying(
            TokenGate.Decision.Good.class, it -> assertThat(it.subject()).isEqualTo("anybody"));
    assertThat(gate.decide(stranger.of("anybody"))).isInstanceOf(TokenGate.Decision.Bad.class);
    assertThat(gate.decide(trusted.of("anybody") + "A")).isInstanceOf(TokenGate.Decision.Bad.class);
  }
}
