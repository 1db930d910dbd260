package dev.counterfoil.guard;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.counterfoil.format.ChangedInputs;
import dev.counterfoil.format.bytes.Base64Url;
import dev.counterfoil.format.bytes.FormatException;
import io.envoyproxy.envoy.service.auth.v3.AttributeContext;
import io.envoyproxy.envoy.service.auth.v3.CheckRequest;
import java.net.InetAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.provider.MethodSource;

/** What clients and proxies send: no exception but the declared one, and what is taken is whole. */
class ForwardedFuzzTest {
  private static final int CHANGED_INPUTS = 3_000;

  private static void certificate(String value) {
    for (CertificateForm form : CertificateForm.values()) {
      try {
        String thumbprint = form.parse(value);
        assertThat(Base64Url.decode(thumbprint)).hasSize(32);
      } catch (FormatException e) {
        assertThat(e).hasMessageNotContaining("null");
      }
    }
  }

  private static void request(String text) {
    String[] lines = text.split("\n", -1);
    Map<String, List<String>> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    String[] names = {
      "X-Forwarded-Uri",
      "X-Forwarded-Host",
      "X-Forwarded-For",
      "Authorization",
      "DPoP",
      "X-Forwarded-Proto",
      "X-Forwarded-Method"
    };
    String[] usual = {"/", "mail.example", "192.0.2.7", "Bearer t", "proof", "https", "GET"};
    for (int i = 0; i < names.length; i++) {
      headers.put(names[i], List.of(i < lines.length ? lines[i] : usual[i]));
    }
    try {
      ForwardedRequest read =
          ForwardedRequest.read(
              name -> headers.getOrDefault(name, List.of()),
              null,
              null,
              Set.of(InetAddress.getLoopbackAddress()));
      URI uri = Objects.requireNonNull(read.context().uri());
      assertThat(uri.getRawQuery()).isNull();
      assertThat(uri.getHost()).isNotNull();
    } catch (FormatException e) {
      assertThat(e).hasMessageNotContaining("Bearer t");
    }
  }

  private static void read(byte[] bytes) {
    String text = new String(bytes, StandardCharsets.ISO_8859_1);
    certificate(text);
    request(text);
    envoy(bytes);
  }

  private static void envoy(byte[] bytes) {
    try {
      EnvoyCheck check = EnvoyCheck.parse(bytes);
      assertThat(check.values("Authorization").size()).isLessThan(2);
    } catch (FormatException e) {
      assertThat(e).hasMessageNotContaining("null");
    }
  }

  /** What Envoy's own classes write. */
  private static byte[] envoysOwn() {
    return CheckRequest.newBuilder()
        .setAttributes(
            AttributeContext.newBuilder()
                .putContextExtensions(EnvoyCheck.SERVICE, "mail")
                .setRequest(
                    AttributeContext.Request.newBuilder()
                        .setHttp(
                            AttributeContext.HttpRequest.newBuilder()
                                .setMethod("GET")
                                .setPath("/inbox")
                                .setHost("mail.example")
                                .putHeaders("authorization", "Bearer t"))))
        .build()
        .toByteArray();
  }

  static Stream<byte[]> good() {
    return Stream.concat(Stream.of(envoysOwn()), texts());
  }

  private static Stream<byte[]> texts() {
    return Stream.of(
            "/inbox",
            "/%\n[::1]:80\n203.0.113.9, 127.0.0.1",
            "/inbox?folder=1\nmail.example:8443\n2001:db8::1\nDPoP token\nproof\nhttps\nPOST",
            "/host\nhost_with_underscore",
            "/port\nmail.example:99999",
            "/a\n-",
            "/\u00e9\u0000\nmail.example\n\nDPoP a b",
            "By=spiffe://a;Hash=" + "0a".repeat(32) + ";Subject=\"CN=x,O=y\"",
            ":AAAA:",
            "-----BEGIN CERTIFICATE-----%0AAAAA%0A-----END CERTIFICATE-----")
        .map(text -> text.getBytes(StandardCharsets.ISO_8859_1));
  }

  @MethodSource("good")
  @FuzzTest(maxDuration = "60s")
  void whatIsForwarded(byte[] bytes) {
    read(bytes);
  }

  @Test
  void whatEnvoyWritesIsRead() throws FormatException {
    EnvoyCheck check = EnvoyCheck.parse(envoysOwn());
    assertThat(check.service()).isEqualTo("mail");
    assertThat(check.line())
        .isEqualTo(new ForwardedRequest.OwnLine("GET", "/inbox", "mail.example"));
    assertThat(check.values("Authorization")).containsExactly("Bearer t");
  }

  @Test
  void changedInputsAreRefusedOrRead() {
    ChangedInputs changed = new ChangedInputs(17);
    List<byte[]> good = good().toList();
    for (int i = 0; i < CHANGED_INPUTS; i++) {
      read(changed.of(good.get(i % good.size())));
    }
  }
}
