package dev.counterfoil.registrar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.format.bytes.AllowList;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.root.Delegation;
import dev.counterfoil.format.root.DelegationWindows;
import dev.counterfoil.keystore.KeysAtRest;
import dev.counterfoil.process.ServedTenants;
import dev.counterfoil.process.settings.KeyDefaults;
import dev.counterfoil.process.settings.ProcessSettings;
import dev.counterfoil.process.settings.PurposeEntry;
import dev.counterfoil.registrar.root.TrialRoot;
import dev.counterfoil.signer.TestDomain;
import dev.counterfoil.signer.rotation.RegistrarLink;
import dev.counterfoil.signer.rotation.TenantAdding;
import dev.counterfoil.signer.rotation.TestKeys;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Answer.Code;
import dev.counterfoil.signerprotocol.Commands;
import dev.counterfoil.signerprotocol.Request;
import dev.counterfoil.signerprotocol.SignerUnavailableException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A tenant is added: at the registrar, by the root, at the signer, in this order and no other. */
class TenantAddingTest extends RegistrarWorld {
  private static TrialRoot.Bounds bounds(String... tenants) {
    Delegation.Bounds like = TestDomain.bounds().within();
    return new TrialRoot.Bounds(
        "enterprise",
        TestDomain.ISSUER,
        new Delegation.Bounds(
            AllowList.of(tenants), like.audiences(), like.tokenTypes(), like.lifeMax()));
  }

  private void delegate(String... tenants) throws Exception {
    assertThat(registrar.takeCeremony(ceremony(root, bounds(tenants))))
        .isInstanceOf(Answer.Done.class);
  }

  private ServedTenants ofSigner() throws Exception {
    return served(configuration.process().keyDefaults(), List.of());
  }

  private ServedTenants served(
      List<String> tenants, Duration usagePeriod, List<PurposeEntry> purposes) throws Exception {
    return served(
        new KeyDefaults(
            List.of(),
            tenants,
            List.of("mail"),
            TestKeys.LIFE_MAX,
            usagePeriod,
            Optional.empty(),
            Optional.empty(),
            true),
        purposes);
  }

  private ServedTenants served(KeyDefaults keyDefaults, List<PurposeEntry> purposes)
      throws Exception {
    ProcessSettings settings = configuration.process();
    return ServedTenants.open(
        new ProcessSettings(
            settings.domain(),
            settings.issuer(),
            new KeysAtRest(
                Files.createDirectories(folder.resolve("signer")),
                settings.keys().passphraseFile(),
                Optional.empty(),
                Optional.empty()),
            settings.serviceSocket(),
            List.of(),
            settings.adminSocket(),
            List.of(),
            List.of(),
            keyDefaults,
            purposes,
            settings.logFolder(),
            List.of(),
            0,
            List.of()));
  }

  private static PurposeEntry purpose(String name, List<String> tenants) {
    return new PurposeEntry(
        name,
        List.of(name + "+jwt"),
        List.of(),
        tenants,
        List.of(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Duration.ZERO,
        KeyStatement.Binding.NONE,
        KeyStatement.Publication.ORDINARY,
        List.of(),
        List.of());
  }

  private Answer addAtSigner(ServedTenants tenants, String name) throws Exception {
    return new TenantAdding(
            tenants,
            command -> {
              try {
                return registrar.carryOut(command);
              } catch (IOException | GeneralSecurityException e) {
                throw new AssertionError(e);
              }
            })
        .add(Commands.addTenant(name).arguments());
  }

  private JsonObject add(String tenant) throws Exception {
    return ((Answer.Done) registrar.carryOut(Commands.addTenant(tenant))).result();
  }

  private KeyStatement keyFor(String... tenants) {
    return key.toBuilder().tenants(AllowList.of(tenants)).build();
  }

  @Test
  void aTenantIsSignedForOnceRegistrarRootAndSignerEachHaveIt() throws Exception {
    delegate("acme", "beta");
    ServedTenants signer = ofSigner();
    assertThat(((Answer.Refused) addAtSigner(signer, "gamma")).code())
        .as("that the registrar does not have")
        .isEqualTo(Code.OUT_OF_SCOPE);
    assertThat(registrar.request().bounds().tenants()).isEqualTo(AllowList.of("acme", "beta"));

    JsonObject asked = add("gamma");
    assertThat(asked.truth("changed")).isTrue();
    assertThat(asked.truth("delegated")).isFalse();
    assertThat(asked.has("delegated_until")).isFalse();
    assertThat(registrar.request().bounds().tenants().allows("gamma")).isTrue();
    assertThat(((Answer.Refused) addAtSigner(signer, "gamma")).code())
        .as("that the root does not name")
        .isEqualTo(Code.OUT_OF_SCOPE);
    assertThat(refused(Commands.stateKey(keyFor("acme", "gamma"), log)))
        .isEqualTo(Code.OUT_OF_SCOPE);
    assertThat(signer.serves("gamma")).isFalse();

    delegate("acme", "beta", "gamma");
    restart();
    JsonObject named = add("gamma");
    assertThat(named.truth("changed")).isFalse();
    assertThat(named.number("delegated_until")).isGreaterThan(now.getEpochSecond());
    assertThat(addAtSigner(signer, "gamma")).isInstanceOf(Answer.Done.class);
    assertThat(signer.serves("gamma")).isTrue();
    assertThat(ofSigner().purposes()).as("after a restart").isEqualTo(signer.purposes());
    assertThat(changed(Commands.stateKey(keyFor("acme", "gamma"), log))).isTrue();
  }

  @Test
  void aSignerAddsNothingWhileItsRegistrarDoesNotSayWhatItStates() throws Exception {
    delegate("acme", "beta", "gamma");
    assertThat(changed(Commands.addTenant("gamma"))).isTrue();
    ServedTenants signer = ofSigner();
    for (RegistrarLink link :
        List.<RegistrarLink>of(TenantAddingTest::away, TenantAddingTest::refuses)) {
      Answer answer = new TenantAdding(signer, link).add(Commands.addTenant("gamma").arguments());
      assertThat(((Answer.Refused) answer).code()).isEqualTo(Code.BUSY);
    }
    assertThat(ServedTenants.addedIn(folder.resolve("signer"))).isEmpty();
    assertThat(addAtSigner(signer, "gamma")).isInstanceOf(Answer.Done.class);
    assertThat(ServedTenants.addedIn(folder.resolve("signer"))).containsExactly("gamma");
  }

  private static Answer away(Request.Command command) throws SignerUnavailableException {
    throw new SignerUnavailableException("away");
  }

  private static Answer refuses(Request.Command command) {
    return new Answer.Refused(Code.NOT_ALLOWED, "no");
  }

  @Test
  void aTenantThatNoPurposeServesIsRefused() throws Exception {
    List<String> own = List.of("acme");
    ServedTenants ownAlone = served(List.of("acme"), DAY, List.of(purpose("access", own)));
    assertThat(ownAlone.objection("gamma").orElse("")).contains("tenants of its own");
    ServedTenants common =
        served(List.of("acme"), DAY, List.of(purpose("access", own), purpose("id", List.of())));
    assertThat(common.objection("gamma")).isEmpty();
  }

  @Test
  void aTenantWithWhichKeysWouldBeTooOldIsRefused() throws Exception {
    Duration month = Duration.ofDays(30);
    assertThat(served(List.of("acme"), month, List.of()).objection("gamma").orElse(""))
        .contains("14d");
    assertThat(served(List.of("counterfoil"), month, List.of()).objection("gamma")).isEmpty();
  }

  @Test
  void toReadWhatWasAddedMakesNoFolder() throws Exception {
    Path none = folder.resolve("none");
    assertThat(ServedTenants.addedIn(none)).isEmpty();
    assertThat(none).doesNotExist();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "*", "a b", "-a", "a/b", "ä", "a\n", "a\"b"})
  void whatIsNoNameIsRefused(String name) throws Exception {
    delegate();
    assertThat(refused(Commands.addTenant(name))).isEqualTo(Code.OUT_OF_SCOPE);
    assertThat(refused(Commands.addTenant("a".repeat(65)))).isEqualTo(Code.OUT_OF_SCOPE);
    assertThat(changed(Commands.addTenant("a".repeat(64)))).isTrue();
  }

  @Test
  void soManyAreAddedAndNoMore() throws Exception {
    for (int i = 0; i < ServedTenants.ADDED_MAX; i++) {
      assertThat(changed(Commands.addTenant("t" + i))).isTrue();
    }
    assertThat(refused(Commands.addTenant("more"))).isEqualTo(Code.OUT_OF_SCOPE);
    assertThat(changed(Commands.addTenant("t7"))).isFalse();
  }

  @Test
  void aWindowAheadThatDoesNotNameItEndsIt() throws Exception {
    delegate("acme", "gamma");
    DelegationWindows named = registrar.state().windows();
    assertThat(named.until(now, "gamma")).isEqualTo(named.until(now));
    assertThat(named.until(now, "beta")).isEmpty();
    // The last of the windows ahead, without the tenant.
    Delegation last = named.all().getLast().delegation();
    Delegation next =
        new Delegation(
            last.version() + 1,
            last.domain(),
            last.issuer(),
            last.statementKey(),
            bounds("acme").within(),
            now,
            last.notAfter().minus(Duration.ofDays(1)),
            last.notAfter().plus(Duration.ofDays(20)));
    DelegationWindows ended =
        named.with(new DelegationWindows.Window(next, named.all().getLast().signed()));
    assertThat(ended.until(now, "gamma")).contains(next.notBefore());
    assertThat(ended.until(now, "acme")).contains(next.notAfter());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "[]", "{\"added\":[\"*\"]}", "{\"added\":[\"a\",\"a\"]}", "{\"add\":[]}"})
  void aDamagedFileIsNamed(String content) throws Exception {
    Path file = Files.createDirectories(folder.resolve("signer")).resolve("tenants.json");
    Files.writeString(file, "{\"added\":[\"a\"]}");
    assertThat(ofSigner().serves("a")).isTrue();
    Files.writeString(file, content);
    assertThatThrownBy(this::ofSigner).hasMessageContaining("tenants.json is damaged");
  }
}
