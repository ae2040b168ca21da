import '../style/parts.css'
import '../admin/admin.css'
import './account.css'
