package dev.counterfoil.directory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.directory.DirectoryRefusedException.Reason;
import dev.counterfoil.directory.database.TablePlace;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** An account at another provider signs one person in. */
@ParameterizedClass
@EnumSource
class UpstreamLinksTest {
  private static final String ISSUER = "https://hr.example";

  private final EachPlace each;
  @TempDir Path folder;
  private @Nullable TablePlace place;
  private Directory directory;
  private UpstreamLinks links;
  private Person ann;

  UpstreamLinksTest(EachPlace each) {
    this.each = each;
  }

  @BeforeEach
  void open() throws Exception {
    if (place == null) {
      place = each.empty(folder);
    }
    directory = Directory.open(place, new SecureRandom(), InstantSource.system());
    links = directory.upstreamLinks();
    ann = directory.add("acme", "ann", "Ann", Optional.empty());
  }

  @AfterEach
  void close() {
    directory.close();
  }

  private static void refused(Reason reason, ThrowingCallable change) {
    assertThatThrownBy(change)
        .isInstanceOfSatisfying(
            DirectoryRefusedException.class, e -> assertThat(e.reason()).isEqualTo(reason));
  }

  @Test
  void aPersonHasSoManyAndAnyOfThemAgain() throws Exception {
    for (int i = 0; i < UpstreamLinks.EACH_MAX; i++) {
      links.link(ann.subject(), ISSUER, "user-" + i, "HR");
    }
    refused(Reason.FULL, () -> links.link(ann.subject(), ISSUER, "one-more", "HR"));
    links.link(ann.subject(), ISSUER, "user-0", "HR");
    assertThat(links.of(ann.subject())).hasSize(UpstreamLinks.EACH_MAX);
    Person bob = directory.add("acme", "bob", "Bob", Optional.empty());
    refused(Reason.TAKEN, () -> links.link(bob.subject(), ISSUER, "user-0", "HR"));
    assertThat(links.person(ISSUER, "user-0").map(Person::subject)).contains(ann.subject());
  }

  @Test
  void anAddressIsFoundInAnyCaseAndNotByWhatLooksLikeIt() throws Exception {
    directory.change(
        directory
            .bySubject(ann.subject())
            .orElseThrow()
            .withEmail(Optional.of("Mike@acme.example"), true));
    assertThat(links.ofVerifiedEmail("acme", "mIKE@ACME.example")).isPresent();
    assertThat(links.ofVerifiedEmail("acme", "mi\u212Ae@acme.example"))
        .as("the Kelvin sign, which Java takes for a K")
        .isEmpty();
  }
}
