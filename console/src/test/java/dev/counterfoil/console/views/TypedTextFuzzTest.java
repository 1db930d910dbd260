package dev.counterfoil.console.views;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.counterfoil.console.session.SignInDraft;
import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** What people type and what browsers keep: anything may come. */
class TypedTextFuzzTest {
  static Stream<byte[]> typed() {
    return Stream.of(
            "",
            "alice@acme.example",
            "s1g1.5.wmQ4zyvXpqhhePw5Y4AueITujUmqot1UnO_64j-LViM",
            "eyJhbGciOiJFUzI1NiJ9.eyJqdGkiOiJ4In0.AAAA",
            "a.b.c",
            "\u0000",
            "https://mail.acme.example/inbox?x=1&y=2")
        .map(text -> text.getBytes(StandardCharsets.UTF_8));
  }

  @MethodSource("typed")
  @FuzzTest(maxDuration = "60s")
  void whatIsLookedUpIsNeverAWholeToken(byte[] bytes) {
    String typed = new String(bytes, StandardCharsets.UTF_8);
    LookedUp.parse(typed)
        .ifPresent(
            asked -> {
              assertThat(asked.path()).startsWith("/look-up?about=").isPrintable();
              if (asked.digest().isPresent()) {
                assertThat(asked.path()).doesNotContain(typed.strip());
              }
            });
    assertThat(LookedUp.of(typed, typed))
        .satisfiesAnyOf(
            one -> assertThat(one).isEmpty(), one -> assertThat(one.get().about()).isNotBlank());
  }

  static Stream<byte[]> cookies() {
    return Stream.of(
            "",
            "a.b.c",
            "A".repeat(43) + ".YWNtZQ.Lw",
            "A".repeat(43) + ".YWNtZQ.Ly9ldmlsLmV4YW1wbGU",
            "A".repeat(43) + ".-.-")
        .map(text -> text.getBytes(StandardCharsets.UTF_8));
  }

  /** Nobody is sent to another host by a cookie. */
  @MethodSource("cookies")
  @FuzzTest(maxDuration = "60s")
  void aSignInGoesOnHere(byte[] bytes) {
    SignInDraft.parse(new String(bytes, StandardCharsets.UTF_8))
        .ifPresent(
            draft -> {
              assertThat(draft.to()).startsWith("/").doesNotStartWith("//");
              assertThat(draft.toString()).doesNotContain(draft.secret());
            });
  }
}
