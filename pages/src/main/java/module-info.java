/** What people see: templates, one style sheet, messages, and the headers around them. */
@org.jspecify.annotations.NullMarked
module dev.counterfoil.pages {
  requires com.google.zxing;
  requires gg.jte.runtime;
  requires static java.compiler; // for @Generated
  requires transitive org.jspecify;

  exports dev.counterfoil.pages;
}
