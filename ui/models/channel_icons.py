"""The icon of each kind of channel. Free of Qt."""

from agent_desktop.domain.workspace import ChannelKind
from ui.icon_names import IconName

CHANNEL_ICONS: dict[str, IconName] = {
    ChannelKind.EMAIL: IconName.MAIL,
    ChannelKind.CHAT: IconName.CHAT,
    ChannelKind.PHONE: IconName.PHONE,
    ChannelKind.SMS: IconName.SMS,
    ChannelKind.WHATSAPP: IconName.WHATSAPP,
    ChannelKind.SOCIAL: IconName.SHARE,
    ChannelKind.PORTAL: IconName.GLOBE,
}
