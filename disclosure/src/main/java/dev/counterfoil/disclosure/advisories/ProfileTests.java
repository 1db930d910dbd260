package dev.counterfoil.disclosure.advisories;

import dev.counterfoil.disclosure.validation.Fault;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** What each profile demands and forbids (CSAF 2.0, 4 and 6.1.27). */
final class ProfileTests {
  private static final Set<String> TELLING = Set.of("description", "details", "general", "summary");
  private static final List<String> VEX_STATUS =
      List.of("fixed", "known_affected", "known_not_affected", "under_investigation");

  private ProfileTests() {}

  static List<Fault> faults(CsafMembers all) {
    List<Fault> faults = new ArrayList<>();
    CsafMembers document = all.inner("document");
    Profile profile = Profile.of(document.text("category").orElse("")).orElse(Profile.BASE);
    if (profile.isOneOf(Profile.INFORMATIONAL_ADVISORY, Profile.SECURITY_INCIDENT_RESPONSE)) {
      if (document.objects("notes").stream()
          .noneMatch(note -> TELLING.contains(note.text("category").orElse("")))) {
        faults.add(
            document.fault("6.1.27.1", "notes", "one describes, details, is general or sums up"));
      }
      if (document.objects("references").stream()
          .noneMatch(reference -> reference.text("category").orElse("").equals("external"))) {
        faults.add(document.fault("6.1.27.2", "references", "one is external"));
      }
    }
    if (profile == Profile.INFORMATIONAL_ADVISORY && all.has("vulnerabilities")) {
      faults.add(all.fault("6.1.27.3", "vulnerabilities", "this profile has none"));
    }
    if (profile.isOneOf(Profile.SECURITY_ADVISORY, Profile.VEX)) {
      if (!all.has("product_tree")) {
        faults.add(all.fault("6.1.27.4", "product_tree", "is missing"));
      }
      if (!all.has("vulnerabilities")) {
        faults.add(all.fault("6.1.27.11", "vulnerabilities", "is missing"));
      }
      for (CsafMembers vulnerability : all.objects("vulnerabilities")) {
        if (!vulnerability.has("notes")) {
          faults.add(vulnerability.fault("6.1.27.5", "notes", "is missing"));
        }
        if (profile == Profile.VEX) {
          vex(vulnerability, faults);
        } else if (!vulnerability.has("product_status")) {
          faults.add(vulnerability.fault("6.1.27.6", "product_status", "is missing"));
        }
      }
    }
    return faults;
  }

  private static void vex(CsafMembers vulnerability, List<Fault> faults) {
    CsafMembers status = vulnerability.inner("product_status");
    if (VEX_STATUS.stream().noneMatch(status::has)) {
      faults.add(
          vulnerability.fault("6.1.27.7", "product_status", "one of " + VEX_STATUS + " is there"));
    }
    if (!vulnerability.has("cve") && !vulnerability.has("ids")) {
      faults.add(vulnerability.fault("6.1.27.8", "a CVE or another id is missing"));
    }
    Set<String> explained = new TreeSet<>();
    vulnerability.objects("flags").forEach(flag -> explained.addAll(productsOf(flag)));
    vulnerability.objects("threats").stream()
        .filter(threat -> threat.text("category").orElse("").equals("impact"))
        .forEach(threat -> explained.addAll(productsOf(threat)));
    if (!explained.containsAll(status.texts("known_not_affected"))) {
      faults.add(
          status.fault(
              "6.1.27.9", "known_not_affected", "a flag or an impact says why, for each product"));
    }
    Set<String> remedied = new TreeSet<>();
    vulnerability.objects("remediations").forEach(r -> remedied.addAll(productsOf(r)));
    if (!remedied.containsAll(status.texts("known_affected"))) {
      faults.add(
          status.fault(
              "6.1.27.10", "known_affected", "a remediation says what to do, for each product"));
    }
  }

  private static Set<String> productsOf(CsafMembers item) {
    return new TreeSet<>(item.texts("product_ids"));
  }
}
