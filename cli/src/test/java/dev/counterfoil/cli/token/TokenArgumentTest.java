package dev.counterfoil.cli.token;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.format.bytes.Base64Url;
import dev.counterfoil.format.bytes.Hash;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A token is named by its identifier, and nothing else of it goes on. */
class TokenArgumentTest {
  private static final String ID = "s1g1.42.47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU";

  @TempDir Path folder;

  private static String part(String json) {
    return Base64Url.encode(json.getBytes(StandardCharsets.UTF_8));
  }

  private static String token(String claims) {
    return part("{\"alg\":\"ES256\"}") + "." + part(claims) + ".AAAA";
  }

  private String file(String content) throws IOException {
    return Files.writeString(folder.resolve("token.txt"), content).toString();
  }

  @Test
  void anIdentifierIsItself() {
    assertThat(TokenArgument.of(ID).identifier()).isEqualTo(ID);
    assertThat(TokenArgument.of("what-a-service-calls-it").identifier())
        .isEqualTo("what-a-service-calls-it");
  }

  @Test
  void ofATokenItsIdentifierIsTaken() throws Exception {
    String token = token("{\"sub\":\"alice\",\"jti\":\"" + ID + "\"}");
    assertThat(TokenArgument.of(file(token + "\n")).identifier()).isEqualTo(ID);
    assertThat(TokenArgument.of(token).identifier()).isEqualTo(ID);
    assertThat(TokenArgument.of(file(token("{\"jti\":\"of another issuer\"}"))).identifier())
        .isEqualTo("of another issuer");
  }

  /** So that a token which copies an issued one's identifier is told from it. */
  @Test
  void ofATokenItsDigestIsTakenToo() throws Exception {
    String token = token("{\"sub\":\"alice\",\"jti\":\"" + ID + "\"}");
    Hash digest =
        Hash.sha256(token.substring(0, token.lastIndexOf('.')).getBytes(StandardCharsets.US_ASCII));
    for (String before : new String[] {"", "Bearer ", "Authorization: Bearer ", "Token:"}) {
      assertThat(TokenArgument.of(file(before + token + "\n")).digest()).contains(digest);
      assertThat(TokenArgument.of(before + token).digest()).contains(digest);
    }
    assertThat(TokenArgument.of(ID).digest()).isEmpty();
  }

  @Test
  void whatIsCopiedWithATokenIsTakenOff() throws Exception {
    String token = token("{\"sub\":\"alice\",\"jti\":\"" + ID + "\"}");
    for (String before :
        new String[] {" ", "\n", "Bearer ", " bearer  ", "DPoP ", "Authorization: Bearer "}) {
      assertThat(TokenArgument.of(before + token + "\n").identifier()).as(before).isEqualTo(ID);
      assertThat(TokenArgument.of(file(before + token)).identifier()).as(before).isEqualTo(ID);
      assertThatThrownBy(() -> TokenArgument.of(before + token("{\"sub\":\"alice\"}")).identifier())
          .isInstanceOf(CommandFailure.class);
    }
    assertThat(TokenArgument.of(ID + "\n").identifier()).isEqualTo(ID);
    // What a service calls it may begin like that.
    assertThat(TokenArgument.of("bearer 7").identifier()).isEqualTo("bearer 7");
  }

  @Test
  void aTokenIsFoundInWhateverItWasCopiedWith() {
    String token = token("{\"sub\":\"alice\",\"jti\":\"" + ID + "\"}");
    String without = token("{\"sub\":\"alice\"}");
    String unsigned = token.substring(0, token.lastIndexOf('.'));
    String claims = unsigned.substring(unsigned.indexOf('.') + 1);
    for (String form :
        new String[] {
          "\"%s\"",
          "'%s'",
          "access_token=%s&token_type=Bearer",
          "access_token%%3D%s",
          "Bearer: %s",
          "{\"access_token\":\"%s\",\"expires_in\":900}"
        }) {
      assertThat(TokenArgument.of(form.formatted(token)).identifier()).as(form).isEqualTo(ID);
      for (String refused :
          new String[] {
            form.formatted(without),
            form.formatted(token + " " + token),
            form.formatted(unsigned),
            form.formatted("\n" + claims),
            form.formatted("hbGciOiJFUzI1NiJ9." + claims + ".AAAA"),
            form.formatted(new StringBuilder(token).insert(unsigned.length() - 9, '\n'))
          }) {
        assertThatThrownBy(() -> TokenArgument.of(refused).identifier())
            .as(form)
            .isInstanceOf(CommandFailure.class)
            .message()
            .doesNotContain("eyJ");
      }
    }
    // The controls: with dots, or with such letters within, and no token.
    for (String other : new String[] {"\"a.b.c\"", "a-eyJhbGci", "7eyJ_"}) {
      assertThat(TokenArgument.of(other).identifier()).isEqualTo(other);
    }
  }

  /** What it was taken for was an identifier that nobody issued: as if the token were forged. */
  @Test
  void aFileThatIsNotThereIsNoIdentifier() throws Exception {
    String there = file(token("{\"jti\":\"" + ID + "\"}"));
    assertThat(TokenArgument.of(there).identifier()).isEqualTo(ID);
    for (String missing :
        new String[] {
          there + "2",
          folder.resolve("none").resolve("token").toString(),
          "./token",
          "../token",
          "~/token",
          "token.jwt",
          "TOKEN.TXT",
          "none/such.json",
          " token.jwt\n"
        }) {
      assertThatThrownBy(() -> TokenArgument.of(missing))
          .as(missing)
          .isInstanceOf(CommandFailure.class)
          .hasMessageStartingWith("there is no file " + missing.strip())
          .hasMessageContaining("standard input");
    }
    // The controls: others' identifiers, with a slash of base64 and a dot, too.
    for (String other : new String[] {"dGhlIH/0b2tlbg==", "a.b", "urn:uuid:1b4e28ba", "jwt"}) {
      assertThat(TokenArgument.of(other).identifier()).isEqualTo(other);
    }
  }

  @Test
  void aTokenWithoutOneIsNotSent() throws Exception {
    String token = token("{\"sub\":\"alice\"}");
    for (String given : new String[] {token, file(token), file("secret"), folder.toString()}) {
      assertThatThrownBy(() -> TokenArgument.of(given).identifier())
          .isInstanceOf(CommandFailure.class)
          .message()
          .doesNotContain("eyJ", "secret");
    }
  }
}
