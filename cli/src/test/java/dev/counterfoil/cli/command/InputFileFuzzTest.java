package dev.counterfoil.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.counterfoil.cli.token.LoggedToken;
import dev.counterfoil.cli.token.TokenArgument;
import dev.counterfoil.format.ChangedInputs;
import dev.counterfoil.format.bytes.Hash;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Files that a command is given: of digests, of a token, of a policy. Each is read, or ends the
 * command with a message that names the file. Jazzer searches when {@code JAZZER_FUZZ=1} is set;
 * the default run changes good files from a seed.
 */
class InputFileFuzzTest {
  private static final int CHANGED_INPUTS = 200;
  private static final String TOKEN =
      "eyJhbGciOiJFUzI1NiJ9.eyJqdGkiOiJzMWcxLjQyLjQ3REVRcGo4SEJTYS1fVEltVy01SkNldVFlUmttNU5NcEpX"
          + "WkczaFN1RlUifQ.AAAA";

  @TempDir
  @SuppressWarnings("NullAway.Init") // injected
  private Path folder;

  private Path file(byte[] bytes) {
    try {
      return Files.write(folder.resolve("input"), bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void namesTheFile(CommandFailure e, Path file) {
    assertThat(e).hasMessageContaining(file.toString());
    assertThat(e.exitCode()).isEqualTo(ExitCode.ENVIRONMENT);
  }

  private boolean isDigests(byte[] bytes, boolean tokens) {
    Path file = file(bytes);
    long lines =
        new String(bytes, StandardCharsets.US_ASCII).chars().filter(c -> c == '\n').count();
    int count = 0;
    try (DigestLines digests = new DigestLines(file.toString(), tokens)) {
      for (Optional<Hash> next = digests.next(); next.isPresent(); next = digests.next()) {
        count++;
      }
      assertThat((long) count).isLessThanOrEqualTo(lines + 1);
      assertThat(digests.next()).as("the end is the end").isEmpty();
      return count > 0;
    } catch (CommandFailure e) {
      namesTheFile(e, file);
      assertThat(e).hasMessageContaining("line ");
      return false;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private boolean isToken(byte[] bytes) {
    Path file = file(bytes);
    try {
      LoggedToken token = LoggedToken.read(file.toString());
      assertThat(token.leaf().entry()).hasSize(33);
      token.id().ifPresent(id -> assertThat(token.isOf("login.example/logs/" + id.log())).isTrue());
      if (token.id().isPresent()) {
        assertThat(TokenArgument.of(file.toString()).identifier())
            .startsWith(token.id().get().log());
      }
      return token.id().isPresent();
    } catch (CommandFailure e) {
      namesTheFile(e, file);
      return false;
    }
  }

  private boolean isPolicy(byte[] bytes) {
    Path file = file(bytes);
    try {
      PolicyFile policy = PolicyFile.read(file);
      policy.trust().ifPresent(trust -> assertThat(trust.logPolicy()).isEqualTo(policy.logs()));
      return true;
    } catch (CommandFailure e) {
      namesTheFile(e, file);
      return false;
    }
  }

  static Stream<byte[]> goodDigests() {
    String digest = Hash.sha256().hex();
    return Stream.of(
            digest + "\n" + digest + "  a-file.txt\n\n" + digest, digest + "\n".repeat(3) + digest)
        .map(InputFileFuzzTest::ascii);
  }

  static Stream<byte[]> goodTokens() {
    return Stream.of(ascii(TOKEN + "\n"));
  }

  static Stream<byte[]> goodPolicies() throws IOException {
    Path vectors = Path.of(System.getProperty("counterfoil.root", ".."), "vectors");
    String proof = Files.readString(vectors.resolve("proofs/proved-cosigned.txt"));
    String policy =
        proof.substring(
            proof.indexOf("--- policy\n") + "--- policy\n".length(), proof.indexOf("--- proof\n"));
    return Stream.of(policy, "# A comment.\n\n" + policy).map(InputFileFuzzTest::ascii);
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  @MethodSource({"goodDigests", "goodTokens"})
  @FuzzTest(maxDuration = "60s")
  void digests(byte[] bytes) {
    isDigests(bytes, false);
    isDigests(bytes, true);
    isToken(bytes);
  }

  @MethodSource("goodPolicies")
  @FuzzTest(maxDuration = "60s")
  void policies(byte[] bytes) {
    isPolicy(bytes);
  }

  private record Parser(String name, Stream<byte[]> good, Predicate<byte[]> accepts) {}

  @Test
  void changedFilesAreRefusedOrRead() throws IOException {
    for (Parser parser :
        List.of(
            new Parser("digests", goodDigests(), bytes -> isDigests(bytes, false)),
            new Parser("tokens", goodTokens(), bytes -> isDigests(bytes, true)),
            new Parser("token", goodTokens(), this::isToken),
            new Parser("policy", goodPolicies(), this::isPolicy))) {
      ChangedInputs changed = new ChangedInputs(11);
      List<byte[]> good = parser.good.toList();
      int accepted = 0;
      for (int i = 0; i < CHANGED_INPUTS; i++) {
        accepted += parser.accepts.test(changed.of(good.get(i % good.size()))) ? 1 : 0;
      }
      assertThat(good).as(parser.name).allMatch(parser.accepts);
      assertThat(accepted).as(parser.name).isBetween(1, CHANGED_INPUTS - 1);
    }
  }

  /** A line that never ends is refused before it fills the memory. */
  @Test
  void aLineOfTheLongestLengthIsReadAndALongerOneIsNot() {
    String longest = "a." + "b".repeat(DigestLines.LINE_MAX - 4) + ".c";
    assertThat(isDigests(ascii(longest), true)).isTrue();
    assertThat(isDigests(ascii(longest + "c"), true)).isFalse();
  }
}
