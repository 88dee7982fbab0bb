"""The dialog in which a customer is described: name, organisation, where they are, addresses, details, note."""

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt, QTimeZone
from PySide6.QtWidgets import (
    QCompleter,
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from agent_desktop.domain.customer import Detail
from agent_desktop.domain.operations.customer import Address
from agent_desktop.domain.workspace import ChannelKind
from ui.models.customer_form import CustomerForm, problem_of
from ui.models.timeline_text import channel_title
from ui.styling import set_ground
from ui.theme import ThemeManager
from ui.tokens import ColorRole
from ui.widgets.choice_box import ChoiceBox
from ui.widgets.dialog_end import dialog_end
from ui.widgets.dialog_size import begin_at
from ui.widgets.form_lines import labelled
from ui.widgets.line_rows import LineRows
from ui.widgets.safe_text import SafeLabel

_WIDTH, _HEIGHT = 520, 620
_NOTE_HEIGHT = 72


class _AddressFields(QWidget):
    """A kind of channel and an address on it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._kind = ChoiceBox(self)
        self._kind.setAccessibleName("Kind of address")
        for kind in ChannelKind:
            self._kind.addItem(channel_title(kind), kind)
        self._text = QLineEdit(self)
        self._text.setAccessibleName("Address")
        self.setFocusProxy(self._text)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(self._kind)
        row.addWidget(self._text, 1)

    def show_address(self, address: Address) -> None:
        """Fill the fields."""
        self._kind.setCurrentIndex(self._kind.findData(address.kind))
        self._text.setText(address.address)

    @property
    def address(self) -> Address:
        """What stands in the fields."""
        return Address(kind=ChannelKind(self._kind.currentData()), address=self._text.text())


class _DetailFields(QWidget):
    """A label and a value of a person's own choice."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._label = QLineEdit(self)
        self._label.setAccessibleName("Label of detail")
        self._label.setPlaceholderText("Label")
        self._value = QLineEdit(self)
        self._value.setAccessibleName("Value of detail")
        self._value.setPlaceholderText("Value")
        self.setFocusProxy(self._label)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(self._label, 2)
        row.addWidget(self._value, 3)

    def show_detail(self, detail: Detail) -> None:
        """Fill the fields."""
        self._label.setText(detail.label)
        self._value.setText(detail.value)

    @property
    def detail(self) -> Detail:
        """What stands in the fields."""
        return Detail(label=self._label.text(), value=self._value.text())


class CustomerEditor(QDialog):
    """Shows a form; `save` gets the form when it is valid and the person accepts."""

    def __init__(
        self,
        themes: ThemeManager,
        title: str,
        form: CustomerForm,
        save: Callable[[CustomerForm], None],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self._save = save
        self.name = QLineEdit(form.name, self)
        self.organization = QLineEdit(form.organization, self)
        self.tier = QLineEdit(form.tier, self)
        self.language = QLineEdit(form.language, self)
        self.location = QLineEdit(form.location, self)
        self.time_zone = QLineEdit(form.time_zone, self)
        self.note = QPlainTextEdit(form.note, self)
        self.note.setTabChangesFocus(True)
        self.note.setFixedHeight(_NOTE_HEIGHT)
        self.addresses: LineRows[_AddressFields] = LineRows(themes, "address", _AddressFields, self)
        self.details: LineRows[_DetailFields] = LineRows(themes, "detail", _DetailFields, self)
        for address in form.addresses:
            self.addresses.add_line().show_address(address)
        for detail in form.details:
            self.details.add_line().show_detail(detail)
        self._complete_time_zones()
        self._problem = SafeLabel("", color=ColorRole.DANGER, wrap=True, parent=self)
        self._problem.setVisible(False)
        self._lay_out(themes)
        begin_at(self, QSize(_WIDTH, _HEIGHT))
        self.name.setFocus()

    @property
    def form(self) -> CustomerForm:
        """What stands in the fields."""
        return CustomerForm(
            name=self.name.text(),
            organization=self.organization.text(),
            tier=self.tier.text(),
            language=self.language.text(),
            location=self.location.text(),
            time_zone=self.time_zone.text(),
            note=self.note.toPlainText(),
            details=tuple(line.detail for line in self.details.lines),
            addresses=tuple(line.address for line in self.addresses.lines),
        )

    def accept(self) -> None:
        """Save and close, or say what is wrong and stay."""
        form = self.form
        problem = problem_of(form)
        self._problem.setText(problem)
        self._problem.setVisible(bool(problem))
        if not problem:
            self._save(form)
            super().accept()

    def _complete_time_zones(self) -> None:
        names = [bytes(zone.data()).decode() for zone in QTimeZone.availableTimeZoneIds()]
        completer = QCompleter([name for name in names if "/" in name], self)
        completer.setFilterMode(completer.filterMode().MatchContains)
        completer.setCaseSensitivity(completer.caseSensitivity().CaseInsensitive)
        self.time_zone.setCompleter(completer)
        self.time_zone.setPlaceholderText("Europe/Ljubljana")

    def _lay_out(self, themes: ThemeManager) -> None:
        content = QWidget(self)
        set_ground(content, ColorRole.SURFACE)
        grid = QGridLayout(content)
        grid.setContentsMargins(20, 20, 20, 12)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(12)
        grid.addLayout(labelled("Name", self.name), 0, 0)
        grid.addLayout(labelled("Organisation", self.organization), 0, 1)
        grid.addLayout(labelled("Tier", self.tier), 1, 0)
        grid.addLayout(labelled("Language", self.language), 1, 1)
        grid.addLayout(labelled("Location", self.location), 2, 0)
        grid.addLayout(labelled("Time zone", self.time_zone), 2, 1)
        grid.addLayout(labelled("Addresses", self.addresses), 3, 0, 1, 2)
        grid.addLayout(labelled("Details", self.details), 4, 0, 1, 2)
        grid.addLayout(labelled("Note", self.note), 5, 0, 1, 2)
        grid.setRowStretch(6, 1)
        area = QScrollArea(self)
        area.setWidgetResizable(True)
        area.setWidget(content)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        cancel, save = dialog_end(self, themes, "Save")
        foot = QHBoxLayout()
        foot.setContentsMargins(20, 8, 20, 16)
        foot.setSpacing(8)
        foot.addWidget(self._problem, 1)
        foot.addStretch(0)
        foot.addWidget(cancel)
        foot.addWidget(save)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(area, 1)
        layout.addLayout(foot)
