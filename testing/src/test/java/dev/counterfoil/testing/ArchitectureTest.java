package dev.counterfoil.testing;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethodCall;
import com.tngtech.archunit.core.domain.JavaPackage;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.PrintStream;
import java.security.AsymmetricKey;
import java.security.Key;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** The lines that ARCHITECTURE.md draws, held. */
class ArchitectureTest {
  private static final String ROOT = "dev.counterfoil";

  /** Tests of another module come in a jar of their own. */
  static final ImportOption NO_JARS_OF_TESTS = location -> !location.contains("-tests.jar");

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .withImportOption(NO_JARS_OF_TESTS)
          .importPackages(ROOT);

  private static final Set<String> KEY_PROGRAM =
      Set.of(
          "format",
          "log",
          "auditclient",
          "signerprotocol",
          "configuration",
          "hardening",
          "keystore",
          "process");

  /** The modules in which a private key can be. */
  private static final String[] HOLD_KEYS =
      Stream.of("hardening", "keystore", "process", "registrar", "signer")
          .map(ArchitectureTest::inside)
          .toArray(String[]::new);

  /** What each module may use, as ARCHITECTURE.md says. Think hard before a line here changes. */
  private static final Map<String, Set<String>> MAY_USE =
      Map.ofEntries(
          Map.entry("format", Set.of()),
          Map.entry("signerprotocol", Set.of("format", "configuration")),
          Map.entry("log", Set.of("format")),
          Map.entry("verifier", Set.of("format")),
          Map.entry("configuration", Set.of()),
          Map.entry("http", Set.of("format", "verifier")),
          Map.entry("auditclient", Set.of("format")),
          Map.entry("hardening", Set.of("configuration")),
          Map.entry("keystore", Set.of("format", "log", "configuration", "hardening")),
          Map.entry(
              "process",
              Set.of(
                  "format",
                  "log",
                  "auditclient",
                  "signerprotocol",
                  "configuration",
                  "hardening",
                  "keystore")),
          Map.entry("registrar", KEY_PROGRAM),
          Map.entry("signer", KEY_PROGRAM),
          Map.entry("directory", Set.of("format")),
          Map.entry("pages", Set.of()),
          Map.entry("signin", Set.of("format", "auditclient", "http", "directory", "pages")),
          Map.entry("signals", Set.of("format", "http", "directory")),
          Map.entry(
              "authority",
              Set.of(
                  "format",
                  "log",
                  "auditclient",
                  "verifier",
                  "signerprotocol",
                  "configuration",
                  "http",
                  "directory",
                  "signals",
                  "signin")),
          Map.entry("custodian", Set.of("format", "log", "verifier", "configuration", "http")),
          Map.entry("audit", Set.of("format", "log", "auditclient")),
          Map.entry(
              "auditserver", Set.of("format", "log", "auditclient", "http", "custodian", "audit")),
          Map.entry("rules", Set.of("format", "configuration")),
          Map.entry(
              "monitor",
              Set.of(
                  "format",
                  "log",
                  "auditclient",
                  "verifier",
                  "configuration",
                  "http",
                  "custodian",
                  "audit",
                  "auditserver",
                  "rules")),
          Map.entry("witness", Set.of("format", "log", "verifier", "configuration", "http")),
          Map.entry(
              "response",
              Set.of(
                  "format",
                  "auditclient",
                  "verifier",
                  "signerprotocol",
                  "configuration",
                  "installation",
                  "operations")),
          Map.entry("guard", Set.of("format", "auditclient", "verifier", "configuration", "http")),
          Map.entry(
              "console",
              Set.of("format", "verifier", "signerprotocol", "configuration", "http", "pages")),
          Map.entry("spring", Set.of("format", "verifier")),
          Map.entry("keycloak", Set.of()),
          Map.entry("scan", Set.of("format")),
          Map.entry(
              "disclosure",
              Set.of(
                  "format",
                  "log",
                  "auditclient",
                  "verifier",
                  "signerprotocol",
                  "configuration",
                  "http",
                  "pages")),
          Map.entry(
              "installation",
              Set.of(
                  "format",
                  "log",
                  "verifier",
                  "signerprotocol",
                  "configuration",
                  "hardening",
                  "keystore",
                  "process",
                  "registrar",
                  "signer",
                  "authority",
                  "custodian",
                  "monitor",
                  "disclosure")),
          Map.entry(
              "operations",
              Set.of(
                  "format",
                  "log",
                  "verifier",
                  "signerprotocol",
                  "configuration",
                  "authority",
                  "monitor",
                  "installation")),
          Map.entry("assess", Set.of("format")),
          Map.entry(
              "drills",
              Set.of(
                  "format",
                  "log",
                  "verifier",
                  "signerprotocol",
                  "configuration",
                  "hardening",
                  "keystore",
                  "process",
                  "registrar",
                  "signer",
                  "authority",
                  "directory",
                  "custodian",
                  "monitor",
                  "audit",
                  "disclosure",
                  "scan",
                  "installation",
                  "operations",
                  "rules")),
          Map.entry(
              "cli",
              Set.of(
                  "format",
                  "log",
                  "verifier",
                  "signerprotocol",
                  "configuration",
                  "hardening",
                  "keystore",
                  "process",
                  "registrar",
                  "signer",
                  "directory",
                  "pages",
                  "signals",
                  "signin",
                  "authority",
                  "custodian",
                  "rules",
                  "monitor",
                  "witness",
                  "response",
                  "guard",
                  "disclosure",
                  "scan",
                  "installation",
                  "operations",
                  "assess",
                  "drills",
                  "audit")));

  @Test
  void theScanSawTheProject() {
    assertThat(CLASSES.size()).isGreaterThan(250);
    MAY_USE
        .keySet()
        .forEach(
            module -> assertThat(CLASSES.containPackage(ROOT + "." + module)).as(module).isTrue());
  }

  @TestFactory
  Stream<DynamicTest> aModuleUsesOnlyWhatTheDiagramAllows() {
    return MAY_USE.entrySet().stream()
        .map(
            module ->
                DynamicTest.dynamicTest(
                    module.getKey(),
                    () ->
                        noClasses()
                            .that()
                            .resideInAPackage(inside(module.getKey()))
                            .should()
                            .dependOnClassesThat(
                                new DescribedPredicate<JavaClass>(
                                    "lie outside " + module.getValue()) {
                                  @Override
                                  public boolean test(JavaClass used) {
                                    return used.getPackageName().startsWith(ROOT + ".")
                                        && !moduleOf(used).equals(module.getKey())
                                        && !module.getValue().contains(moduleOf(used));
                                  }
                                })
                            .because("the listing is the diagram: see ARCHITECTURE.md")
                            .check(CLASSES)));
  }

  @Test
  void everyPackageIsNullMarkedAndStatesItsTrust() {
    for (String module : MAY_USE.keySet()) {
      JavaPackage top = CLASSES.getPackage(ROOT + "." + module);
      assertThat(top.getSubpackagesInTree())
          .filteredOn(
              p -> p.getClasses().stream().anyMatch(c -> !c.getSimpleName().equals("package-info")))
          // What JTE makes of templates says nothing of null.
          .filteredOn(p -> !p.getName().equals(ROOT + ".pages.templates"))
          .allSatisfy(
              p -> assertThat(p.isAnnotatedWith(NullMarked.class)).as(p.getName()).isTrue());
      assertThat(top.isAnnotatedWith(NullMarked.class)).as(module).isTrue();
    }
  }

  @Test
  void formatAndVerifierNeedNothingButTheJdkAndJacksonCore() {
    classes()
        .that()
        .resideInAnyPackage(inside("format"), inside("verifier"))
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(
            "java..",
            "javax.crypto..",
            inside("format"),
            inside("verifier"),
            "tools.jackson.core..",
            "org.jspecify..")
        .because("services embed them")
        .check(CLASSES);
  }

  @Test
  void formatHasNoInputOutputAndNoClock() {
    noClasses()
        .that()
        .resideInAPackage(inside("format"))
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "java.nio.file..", "java.nio.channels..", "java.net.http..", "java.util.concurrent..")
        .because("format is bytes and values")
        .check(CLASSES);
  }

  @Test
  void theClockComesInThroughConstructors() {
    noClasses()
        .that()
        .resideInAnyPackage(
            List.of(
                    "format",
                    "log",
                    "auditclient",
                    "verifier",
                    "http",
                    "hardening",
                    "keystore",
                    "process",
                    "registrar",
                    "signer",
                    "directory",
                    "pages",
                    "signals",
                    "signin",
                    "authority",
                    "custodian",
                    "audit",
                    "auditserver",
                    "rules",
                    "monitor",
                    "witness",
                    "response",
                    "guard",
                    "console",
                    "spring",
                    "keycloak",
                    "disclosure",
                    "operations",
                    "scan",
                    "assess")
                .stream()
                .map(ArchitectureTest::inside)
                .toArray(String[]::new))
        .and()
        .haveSimpleNameNotEndingWith("Main")
        .should()
        .callMethod(Instant.class, "now")
        .orShould()
        .callMethod(System.class, "currentTimeMillis")
        .because("whole systems run from a seed on a virtual clock: take an InstantSource")
        .check(CLASSES);
  }

  @Test
  void alarmsAboutKeysShareNoCodeWithTheirRotation() {
    noClasses()
        .that()
        .resideInAPackage(ROOT + ".format.alarm")
        .should()
        .dependOnClassesThat()
        .haveNameMatching(
            ".*\\.format\\.keylog\\.(KeyCeiling|Succession|JwksMaxAge)|.*\\.(signer|signerprotocol|registrar|keystore|process)\\..*")
        .because("a defect in the rotation must not silence the alarm about it")
        .check(CLASSES);
    noClasses()
        .that()
        .resideInAnyPackage(HOLD_KEYS)
        .should()
        .dependOnClassesThat()
        .resideInAPackage(ROOT + ".format.alarm")
        .because("who rotates keys is not asked whether all is well")
        .check(CLASSES);
    // The control: monitor and verifier raise them.
    assertThat(CLASSES.get(ROOT + ".format.alarm.KeyAlarms").getDirectDependenciesToSelf())
        .extracting(dependency -> dependency.getOriginClass().getPackageName())
        .contains(ROOT + ".verifier");
    assertThat(CLASSES.get(ROOT + ".format.alarm.KeyAlarm").getDirectDependenciesToSelf())
        .extracting(dependency -> dependency.getOriginClass().getPackageName())
        .contains(ROOT + ".monitor.watching");
  }

  @Test
  void onlyWhoTalksToPeoplePrints() {
    noClasses()
        .that()
        .resideOutsideOfPackages(inside("cli"), inside("drills"), inside("benchmarks"))
        .and()
        .haveSimpleNameNotEndingWith("Main")
        .and()
        .haveSimpleNameNotEndingWith("Program")
        .should()
        .callMethodWhere(
            new DescribedPredicate<>("it prints to System.out or System.err") {
              @Override
              public boolean test(JavaMethodCall call) {
                return call.getTargetOwner().isEquivalentTo(PrintStream.class)
                    && call.getOrigin().getFieldAccesses().stream()
                        .anyMatch(access -> access.getTargetOwner().isEquivalentTo(System.class));
              }
            })
        .because("the others log")
        .check(CLASSES);
  }

  @Test
  void onlyTheCanaryCommandLetsAPrivateKeyLeave() {
    classes()
        .that()
        .haveSimpleName("DecoyKeyThatLeaves")
        .should()
        .onlyHaveDependentClassesThat()
        .haveNameMatching(".*KeysCanaryCommand\\$Create|.*DecoyKeyThatLeaves")
        .andShould()
        .resideInAPackage(ROOT + ".cli.keys")
        .because("a key that leaves on purpose is made by a command that ends, and by no signer")
        .check(CLASSES);
  }

  /** What a private key is asked for by somebody who does not make keys. */
  private static final DescribedPredicate<JavaMethodCall> COPIES_A_PRIVATE_KEY =
      new DescribedPredicate<>("it asks a private key for something that copies it to the heap") {
        @Override
        public boolean test(JavaMethodCall call) {
          JavaClass owner = call.getTargetOwner();
          boolean isKey =
              owner.isAssignableTo(PrivateKey.class)
                  || owner.isEquivalentTo(Key.class)
                  || owner.isEquivalentTo(AsymmetricKey.class);
          return isKey && !Set.of("destroy", "isDestroyed").contains(call.getName());
        }
      };

  @Test
  void onlyTheKeyMakerAsksAPrivateKeyForAnything() {
    noClasses()
        .that()
        .resideInAnyPackage(HOLD_KEYS)
        .and()
        .doNotHaveSimpleName("KeyMaker")
        // A holder of the root makes and keeps his key on a machine of his own: counterfoil root.
        .and()
        .resideOutsideOfPackage(ROOT + ".registrar.root")
        .should()
        .callMethodWhere(COPIES_A_PRIVATE_KEY)
        .because(
            "getEncoded, hashCode, equals and toString of a key that is held natively cache it on"
                + " the heap, where a dump shows it: sign with it, destroy it, and ask its public"
                + " half for the rest")
        .check(CLASSES);
    // The control: the maker does, in a process that ends.
    assertThat(
            CLASSES.get(ROOT + ".keystore.KeyMaker").getMethodCallsFromSelf().stream()
                .filter(COPIES_A_PRIVATE_KEY))
        .isNotEmpty();
  }

  @Test
  void noRecordHoldsAPrivateKey() {
    assertThat(CLASSES.stream().filter(JavaClass.Predicates.resideInAnyPackage(HOLD_KEYS)))
        .filteredOn(JavaClass::isRecord)
        .isNotEmpty()
        .allSatisfy(
            record ->
                assertThat(record.getFields())
                    .as(record.getName() + ": its text, hash code and equals ask the key for them")
                    .noneMatch(field -> field.getRawType().isAssignableTo(PrivateKey.class)));
  }

  @Test
  void onlyTheKeyMakersProgramMakesKeysInItsOwnProcess() {
    noClasses()
        .that()
        .doNotHaveSimpleName("KeyMaker")
        .and()
        .doNotHaveSimpleName("KeyMakerMain")
        .should()
        .callMethodWhere(
            new DescribedPredicate<>("it makes keys, or answers an order for them") {
              @Override
              public boolean test(JavaMethodCall call) {
                return call.getTargetOwner().getName().equals(ROOT + ".keystore.KeyMaker")
                    && Set.of("make", "answer").contains(call.getName());
              }
            })
        .because("a process that goes on has keys made by one that ends: KeyMakerProcess")
        .check(CLASSES);
    noClasses()
        .that()
        .resideInAnyPackage(HOLD_KEYS)
        .and()
        .doNotHaveSimpleName("KeyMaker")
        // A holder of the root makes and keeps his key on a machine of his own: counterfoil root.
        .and()
        .resideOutsideOfPackage(ROOT + ".registrar.root")
        .should()
        .dependOnClassesThat()
        .areAssignableTo(KeyPairGenerator.class)
        .because("keys are made by the key maker's process, which ends")
        .check(CLASSES);
  }

  private static String inside(String module) {
    return ROOT + "." + module + "..";
  }

  private static String moduleOf(JavaClass used) {
    String rest = used.getPackageName().substring(ROOT.length() + 1);
    int dot = rest.indexOf('.');
    return dot < 0 ? rest : rest.substring(0, dot);
  }
}
