package dev.counterfoil.testing;

import static com.tngtech.archunit.core.domain.JavaAccess.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.equivalentTo;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.name;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import dev.counterfoil.format.note.Extension;
import dev.counterfoil.format.tree.ConsistencyProof;
import dev.counterfoil.testing.breach.one.Guest;
import dev.counterfoil.testing.breach.two.Host;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;

/** A package is a room: rules about rooms, each of which is seen to fail on a planted breach. */
class RoomsTest {
  private static final String ROOT = "dev.counterfoil.";

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .withImportOption(ArchitectureTest.NO_JARS_OF_TESTS)
          .importPackages("dev.counterfoil");

  private static final JavaClasses BREACH =
      new ClassFileImporter().importPackages("dev.counterfoil.testing.breach");

  /** What JTE makes of the templates of {@code pages} is a part of that room. */
  private static final String GENERATED = ROOT + "pages.templates";

  /** Each package is a slice of its own, also the one that holds others. */
  private static final SliceAssignment EACH_PACKAGE =
      new SliceAssignment() {
        @Override
        public SliceIdentifier getIdentifierOf(JavaClass type) {
          return type.getPackageName().startsWith(ROOT)
              ? SliceIdentifier.of(
                  type.getPackageName().equals(GENERATED) ? ROOT + "pages" : type.getPackageName())
              : SliceIdentifier.ignore();
        }

        @Override
        public String getDescription() {
          return "packages";
        }
      };

  private static final ArchRule NO_RING =
      slices()
          .assignedFrom(EACH_PACKAGE)
          .should()
          .beFreeOfCycles()
          .because("a room that needs those who need it is no room");

  private static final ArchRule CUSTODY =
      noClasses()
          .that()
          .resideOutsideOfPackages(ROOT + "signer..", ROOT + "drills..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage(ROOT + "signer.privatekeys..")
          .because(
              "token keys live in the signer; the drills' thief brings a custody of its own and nobody else does");

  private static final ArchRule ONE_JUDGEMENT =
      noClasses()
          .that()
          .doNotHaveFullyQualifiedName(Extension.class.getName())
          .should()
          .callMethodWhere(
              target(owner(equivalentTo(ConsistencyProof.class))).and(target(name("proves"))))
          .because("whether a log extends what was seen of it is judged in one place: Extension");

  @Test
  void onlyOnePlaceJudgesWhetherALogExtendsWhatWasSeen() {
    assertThat(CLASSES.get(Extension.class).getMethodCallsFromSelf())
        .as("the control")
        .anyMatch(call -> call.getTargetOwner().isEquivalentTo(ConsistencyProof.class));
    ONE_JUDGEMENT.check(CLASSES);
  }

  @Test
  void aPlantedJudgementIsSeen() {
    assertThat(ONE_JUDGEMENT.evaluate(BREACH).getFailureReport().getDetails())
        .singleElement(InstanceOfAssertFactories.STRING)
        .contains(Guest.class.getName());
  }

  @Test
  void packagesFormNoRing() {
    assertThat(packages(CLASSES)).hasSizeGreaterThan(60);
    NO_RING.check(CLASSES);
  }

  @Test
  void aPlantedRingIsSeen() {
    assertThat(packages(BREACH))
        .contains(Guest.class.getPackageName(), Host.class.getPackageName());
    assertThat(NO_RING.evaluate(BREACH).hasViolation()).isTrue();
  }

  @Test
  void onlyTheSignerAndTheDrillsKnowCustody() {
    assertThat(CLASSES.containPackage(ROOT + "signer.privatekeys")).isTrue();
    CUSTODY.check(CLASSES);
  }

  @Test
  void aPlantedUseOfCustodyIsSeen() {
    assertThat(CUSTODY.evaluate(BREACH).hasViolation()).isTrue();
  }

  private static Set<String> packages(JavaClasses classes) {
    return classes.stream()
        .map(JavaClass::getPackageName)
        .filter(name -> name.startsWith(ROOT))
        .collect(Collectors.toCollection(TreeSet::new));
  }
}
