package io.github.icthp.testing;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.io.Resources;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** What the classes of one module may know of others; each module's tests ask for these rules. */
public final class Architecture {

    /** Everything of the module that trains. */
    public static final String TRAIN = "io.github.icthp.train..";

    /** Everything of the module that samples and fine-tunes. */
    public static final String DIFFUSION = "io.github.icthp.diffusion..";

    /** Everything of the command line. */
    public static final String EXAMPLES = "io.github.icthp.examples..";

    private final Class<?> anchor;
    private final JavaClasses classes;

    private Architecture(Class<?> anchor) {
        this.anchor = anchor;
        this.classes =
                new ClassFileImporter()
                        .importUrl(anchor.getProtectionDomain().getCodeSource().getLocation());
    }

    /** Reads the main classes of the module that a class is of. */
    public static Architecture ofModuleWith(Class<?> anchor) {
        return new Architecture(anchor);
    }

    /** Fails where packages depend on each other in a circle. */
    public void hasNoPackageCycles() {
        slices().assignedFrom(new ByPackage()).should().beFreeOfCycles().check(classes);
    }

    /** Fails where a class depends on one of these modules. */
    public void knowsNothingOf(String... modules) {
        noClasses().should().dependOnClassesThat().resideInAnyPackage(modules).check(classes);
    }

    /** Fails where a class outside the packages named depends on DJL's PyTorch engine. */
    public void touchesThePytorchEngineOnlyIn(String... packages) {
        noClasses()
                .that()
                .resideOutsideOfPackages(packages)
                .should()
                .dependOnClassesThat()
                .resideInAPackage("ai.djl.pytorch..")
                .check(classes);
    }

    /** Fails where a package of this module is also one of another module's. */
    public void sharesNoPackageWith(Class<?> otherModule) {
        assertThat(packages()).doesNotContainAnyElementsOf(ofModuleWith(otherModule).packages());
    }

    /**
     * Fails where the public types are others than the reviewed ones. A type that becomes public is
     * a promise to users: add it to the list on purpose, or make it package-private.
     *
     * @param resource the list's name beside the test, one type a line
     */
    public void publishesExactly(Class<?> test, String resource) {
        assertThat(publicTypes())
                .as("public types of %s's module; the reviewed list is %s", anchor, resource)
                .containsExactlyInAnyOrderElementsOf(lines(test, resource));
    }

    private List<String> publicTypes() {
        return classes.stream()
                .filter(Architecture::isVisible)
                .map(JavaClass::getName)
                .sorted()
                .toList();
    }

    /** Whether a type and all those around it are public. */
    private static boolean isVisible(JavaClass type) {
        return type.getModifiers().contains(JavaModifier.PUBLIC)
                && type.getEnclosingClass().map(Architecture::isVisible).orElse(true);
    }

    private Set<String> packages() {
        return classes.stream()
                .map(JavaClass::getPackageName)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static List<String> lines(Class<?> test, String resource) {
        try {
            return Resources.readLines(
                    Resources.getResource(test, resource), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new AssertionError(resource, e);
        }
    }

    /** One slice a package, that of the module's root among them. */
    private static final class ByPackage implements SliceAssignment {

        @Override
        public SliceIdentifier getIdentifierOf(JavaClass type) {
            return SliceIdentifier.of(type.getPackageName());
        }

        @Override
        public String getDescription() {
            return "packages";
        }
    }
}
